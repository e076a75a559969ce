"""Names of peers' associations in the directory are plain, as handles hold them, and are found in any case.

Accounts are found by their names, and Groups, without reading all that everybody says of herself.
"""

import re

from sqlite_utils import Database

_NAME = re.compile(r"@?([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)(?:@[A-Za-z0-9.:-]{1,255})?\Z")
STEPS = (
    "drop index directory_by_handle",
    """
    create index directory_by_handle on directory (handle collate nocase, host) where actor is null and gone is null
    """,
    "create index actors_by_display on actors (display) where gone is null and type <> 'Application'",
    "create index actors_groups on actors (type) where type = 'Group'",
    "create index bookmarks_by_post on bookmarks (post)",  # looked for whenever a post is deleted
)


def apply(db: Database) -> None:
    """`@NAME` and `@NAME@HOST` become NAME; what is no name is none."""
    for identifier, handle in db.execute(
        "select id, handle from directory where host <> '' and handle <> ''"
    ).fetchall():
        found = _NAME.match(handle)
        plain = found.group(1) if found else ""
        if plain != handle:
            db.execute("update directory set handle = ? where id = ?", (plain, identifier))
    for statement in STEPS:
        db.execute(statement)
