"""Every step of the schema, in order.  A step that has shipped is never edited."""

from sqlite_utils.migrations import Migrations

from node.errors import Conflict
from node.migrations import (
    m0001_ground,
    m0002_forums,
    m0003_network,
    m0004_members,
    m0005_protocol,
    m0007_apps,
    m0008_events,
    m0009_board,
    m0011_media,
    m0012_mail,
    m0013_clients,
    m0015_indexes,
    m0016_media_keys,
    m0017_apps_care,
    m0018_vanished,
    m0019_emojis,
    m0020_link_cards,
    m0021_said,
    m0022_together,
    m0023_digests,
    m0029_places,
    m0030_collections,
    m0031_contact,
    m0032_handles,
    m0033_names,
    m0034_fewer_pages,
    m0035_second_factors,
    m0036_hanging,
    m0038_announced,
)
from node.store import Database, write_now

STEPS = [
    m0001_ground,
    m0002_forums,
    m0003_network,
    m0004_members,
    m0005_protocol,
    m0007_apps,
    m0008_events,
    m0009_board,
    m0011_media,
    m0012_mail,
    m0013_clients,
    m0015_indexes,
    m0016_media_keys,
    m0017_apps_care,
    m0018_vanished,
    m0019_emojis,
    m0020_link_cards,
    m0021_said,
    m0022_together,
    m0023_digests,
    m0029_places,
    m0030_collections,
    m0031_contact,
    m0032_handles,
    m0033_names,
    m0034_fewer_pages,
    m0035_second_factors,
    m0036_hanging,
    m0038_announced,
]

migrations = Migrations("tashbik")
for step in STEPS:
    migrations(name=step.__name__.rpartition(".")[2])(step.apply)


def migrate(db: Database) -> list[str]:
    """The file has the newest shape; the names of the steps that were missing.

    Each step is one transaction with its own record.  Raises Conflict when the file
    was written by a newer release.
    """
    unknown = {one.name for one in migrations.applied(db)} - {one.name for one in migrations.pending(db)}
    if unknown - {one.name for one in migrations._migrations}:
        raise Conflict("This data folder was written by a newer release of Tashbik. Install that one.")
    missing = [one.name for one in migrations.pending(db)]
    if missing:
        migrations.apply(db)
        write_now(db, lambda d: d.execute("pragma optimize"))
    return missing
