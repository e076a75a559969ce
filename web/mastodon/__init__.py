"""What apps ask: the Mastodon client API, one resource a file."""
