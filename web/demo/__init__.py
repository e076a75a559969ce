"""Two nodes with demonstration content, a Moroccan and a Tunisian one; everything in it is fictitious."""
