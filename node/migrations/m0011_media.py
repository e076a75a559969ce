"""Sound and film beside pictures, the app that wrote a post, and how much of the disk a peer's pictures may have."""

from sqlite_utils import Database

SCHEMA = """
alter table media add column meta text not null default '{}';
alter table media add column source text not null default '';
alter table media add column tries integer not null default 0;
alter table media add column failed text not null default '';
alter table media add column remote_preview text not null default '';
create index media_unready on media (id) where ready = 0;

alter table posts add column application integer;

alter table push_subscriptions add column sealed blob;
"""
# sealed: the token of the app, which it wants back with each word, so that it knows whose it is (keys/seal).
# meta: JSON, what the columns do not say: frame_rate, bitrate, small (width and height of the preview).
# source: the upload as it came, below DATA/incoming, until it is prepared.  tries: how often that was begun.
# failed: the sentence that says why it never will be.  remote_preview: where a peer has a film's poster.
# application: no foreign key, or each application forgotten would be looked for in every post.


def apply(db: Database) -> None:
    """See the comments above."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip() and not statement.strip().startswith("#"):
            db.execute(statement)
