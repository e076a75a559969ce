"""What associations do together: profiles, forums, projects, events, needs, the directory."""
