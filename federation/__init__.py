"""The interpreter: what peers say, and what we know, turned into each other."""
