"""What people open in a browser: one subject a file."""
