"""What a digest tells: public posts that came into a member's home since then, by subject, and how much waits for her.

What is not public is never told in a letter, which passes through others' mail servers;
nor what she filters, wrote herself, or would find in an answer to somebody.
"""

import json
from dataclasses import dataclass, field

from node.posts import timelines, visibility, visits
from node.posts.filters import Sieve
from node.store import Database, Row

MOST_LOOKED_AT = 400  # of a home timeline
SUBJECTS = {
    "topic": "topics",
    "update": "updates",
    "event": "events",
    "need": "board",
    "offer": "board",
    "call": "board",
}


@dataclass(slots=True)
class Digest:
    """By subject (`topics updates events board associations people`): rows of posts, the newest first.

    A row has the post's columns and `author_name`, `author_handle`, `place_name`.
    """

    subjects: dict[str, list[Row]] = field(default_factory=dict)
    unread: int = 0
    messages: int = 0
    secret: str = ""  # what names these letters in the link that ends them

    def __bool__(self) -> bool:
        return bool(self.subjects or self.unread or self.messages)


def gather(db: Database, actor: int, since: int, until: int) -> Digest:
    """What came between the two moments (UTC milliseconds), and what the member has not read yet."""
    found = Digest(unread=visits.unread(db, actor, since), messages=visits.unread_messages(db, actor, since))
    sieve = Sieve(db, actor, until, within="home")
    for row in _posts(db, actor, timelines.home(db, actor, until << 16, since << 16, MOST_LOOKED_AT)):
        if not (sieve and sieve.matches(row)):
            found.subjects.setdefault(_subject(row), []).append(row)
    return found


def _posts(db: Database, actor: int, identifiers: list[int]) -> list[Row]:
    """Those that are nobody's answer, each once, what is passed on as what it is."""
    return db.rows(
        """
        select posts.*, author.type as author_type, author.name || iif(author.local, '', '@' || author.host) as author_handle,
               coalesce(nullif(author.display, ''), author.name) as author_name,
               coalesce(nullif(speaks.display, ''), speaks.name, '') as behalf_name,
               coalesce(nullif(place.display, ''), place.name, '') as place_name, max(wanted.value) as came
          from json_each(:ids) wanted
          join posts shown on shown.id = wanted.value
          join posts on posts.id = coalesce(shown.boost_of, shown.id)
          join actors author on author.id = posts.author
          left join actors speaks on speaks.id = posts.on_behalf
          left join actors place on place.id = posts.place
         where posts.visibility in ('public', 'unlisted') and posts.reply_to is null and posts.reply_to_uri = ''
           and posts.author <> :viewer and (posts.user is null or posts.user not in (select id from users where actor = :viewer))
           and """
        + visibility.POSTS
        + " group by posts.id order by came desc",
        {"ids": json.dumps(identifiers), "viewer": actor},
    ).fetchall()


def _subject(row: Row) -> str:
    if row["kind"] in SUBJECTS:
        return SUBJECTS[row["kind"]]
    of_association = row["on_behalf"] is not None or row["author_type"] in ("Organization", "Group")
    return "associations" if of_association else "people"
