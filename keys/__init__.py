"""Key pairs, where they lie, and what is signed and verified with them."""
