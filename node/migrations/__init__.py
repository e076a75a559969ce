"""How the file came to its present shape: append only, one step a file."""
