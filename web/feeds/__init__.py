"""What readers subscribe to: Atom, iCalendar, CSV."""
