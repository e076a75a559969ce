"""One file per activity type; table.py is the whole protocol on one screen."""
