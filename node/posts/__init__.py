"""What is said: posts of every kind, who may see them, reactions, timelines, notifications."""
