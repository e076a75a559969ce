"""Tests mirror the rooms; conftest.py holds a named world, peer.py a server that signs, stalls and lies."""
