"""What the coordinators tell every member may be said in several languages."""

from sqlite_utils import Database

SCHEMA = """
-- JSON: language -> cleaned HTML; {} where it was said in one, which is then `content` alone.
alter table announcements add column texts text not null default '{}';
"""


def apply(db: Database) -> None:
    """Announcements have texts beside what apps read."""
    db.execute(SCHEMA)
