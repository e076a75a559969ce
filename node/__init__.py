"""What a network of associations is and remembers: all the SQL, no network, no JSON-LD."""
