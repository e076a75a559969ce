"""An index for what every post asks: who of an author's followers is told of each post."""

from sqlite_utils import Database


def apply(db: Database) -> None:
    """Few ask to be told, so the index is small and mostly empty."""
    db.execute("create index follows_told on follows (target) where notify")
