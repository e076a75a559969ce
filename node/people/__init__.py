"""Who is here and who is known: users, actors, roles, follows, blocks, tokens."""
