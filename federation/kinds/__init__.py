"""One file per kind of post: read, render, plain words; table.py names them."""
