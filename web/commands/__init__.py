"""What the operator types: tashbik …, one group a file."""
