"""Every door: people's pages, apps, peers, feeds and the operator's commands."""
