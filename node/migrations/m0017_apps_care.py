"""Filters that drop what they meet, and notifications that name the report they tell of."""

from sqlite_utils import Database

SCHEMA = """
alter table filters add column drops integer not null default 0;
alter table notifications add column report integer references reports(id) on delete cascade;
drop index notifications_once;
create unique index notifications_once on notifications (actor, kind, origin, ifnull(post, 0), ifnull(report, 0));
create index notifications_by_report on notifications (report) where report is not null
"""
# drops: `irreversible` of the first version of filters: what meets one comes neither home nor among notifications.
# report: a server reports all that its people report as one actor; each report is told.


def apply(db: Database) -> None:
    """See the comments above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
