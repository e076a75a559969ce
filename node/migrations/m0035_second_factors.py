"""Log-in in two steps: the secret that a member's phone makes codes from, the codes for the day it is lost."""

from sqlite_utils import Database

STEPS = (
    """
    create table second_factors (
        user    integer primary key references users(id) on delete cascade,
        sealed  blob not null,                  -- the secret, which only the keys beside this file open
        session integer not null,               -- where it was begun: it is shown in no other
        begun   integer not null,               -- UTC milliseconds
        since   integer,                        -- the same: when the first code was right; null: not asked for yet
        step    integer not null default 0      -- the last half minute since 1970 whose code was taken
    ) strict
    """,
    """
    create table recovery_codes (
        user    integer not null references second_factors(user) on delete cascade,
        place   integer not null check (place between 0 and 9),  -- the code's first digit
        hashed  text not null,                  -- Argon2, as passwords
        primary key (user, place)
    ) strict, without rowid
    """,
    # 1: the one who began this session, or turned the second step on in it, gave a code too
    "alter table sessions add column proved integer not null default 0 check (proved in (0, 1))",
)


def apply(db: Database) -> None:
    """Nobody has a second step yet."""
    for statement in STEPS:
        db.execute(statement)
