"""What keeps the node well: moderation, policy toward peers, retention, health."""
