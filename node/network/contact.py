"""Letters of visitors without an account to an association: who may read them, who is told, how long they stay.

The visitor learns no address of the association, and nobody but its team learns hers.
"""

from node import ids, mails, settings
from node.errors import Busy, Invalid, NotFound
from node.network import teams
from node.people import memberships
from node.posts import notifications
from node.store import Database, Row
from node.text import many_lines, mark, one_line

KIND = "letter"  # of the notification and of the letter to the team's own addresses
LONGEST_NAME, LONGEST_ANSWER, LONGEST_TEXT = 100, 200, 4000
MOST = 500  # letters that one association keeps
KEPT = 365 * 86_400_000  # milliseconds
SHORTEST_ANSWER = 5
SAME = 3_600_000  # milliseconds in which the same words are the same letter
FULL = mark("The association has many letters waiting. Please try again another day.")


def takes_letters(db: Database, actor: Row) -> bool:
    """Whether somebody here would read what a visitor writes to this actor."""
    if not actor["local"] or actor["type"] != "Organization" or actor["gone"] or actor["moved_to"]:
        return False
    return bool(_readers(db, actor["id"]))


def keep(db: Database, actor: Row, name: str, answer: str, text: str, now: int) -> bool:
    """The letter is there and the team knows; False when it had come already.

    Raises Invalid for what is missing, NotFound where nobody would read it, Busy when too many wait.
    """
    name, answer = one_line(name, LONGEST_NAME), one_line(answer, LONGEST_ANSWER)
    text = many_lines(text, LONGEST_TEXT).strip()
    if not name:
        raise Invalid("Please say who you are.")
    if len(answer) < SHORTEST_ANSWER:
        raise Invalid("Please leave a telephone number or an e-mail address, so that they can answer you.")
    if not text:
        raise Invalid("Please write your message.")
    if not takes_letters(db, actor):
        raise NotFound("There is no page at this address.")
    known = {"actor": actor["id"], "answer": answer, "text": text, "since": now - SAME}
    if db.value(
        "select 1 from contact_letters where actor = :actor and answer = :answer and text = :text and at > :since",
        known,
    ):
        return False
    if int(db.value("select count(*) from contact_letters where actor = ?", (actor["id"],))) >= MOST:
        raise Busy(FULL, after=86_400)
    db.execute(
        "insert into contact_letters (id, actor, name, answer, text, at) values (?, ?, ?, ?, ?, ?)",
        (ids.new(now), actor["id"], name, answer, text, now),
    )
    _tell(db, actor, f"{name}\n{answer}\n\n{text}", now)
    return True


def _tell(db: Database, actor: Row, said: str, now: int) -> None:
    """Each reader has one notification of the newest, and a letter where she has an address."""
    chosen = settings.everything(db)
    for reader in _readers(db, actor["id"]):
        notifications.withdraw(db, reader["id"], KIND, actor["id"], None)
        notifications.tell(db, reader["id"], KIND, actor["id"], None, now)
        mails.keep(
            db, KIND, reader["email"], now, user=reader["user"], locale=reader["locale"] or chosen["locale"],
            facts={"name": actor["name"], "said": said},
        )  # fmt: skip


def _readers(db: Database, actor: int) -> list[Row]:
    """Those of the team who may speak for it: id of the Person, user, email, locale."""
    return db.rows(
        """
        select users.actor as id, users.id as user, users.email, users.locale
          from memberships
          join users on users.id = memberships.user
         where memberships.actor = ? and memberships.role in (?, ?) and users.disabled is null
         order by memberships.since
        """,
        (actor, *memberships.SPEAKING),
    ).fetchall()


def of(db: Database, user: int, actor: int) -> list[Row]:
    """The association's letters, the newest first.  Raises Forbidden for a role that does not speak for it."""
    teams.must(db, user, actor, "publish")
    return db.rows("select * from contact_letters where actor = ? order by id desc", (actor,)).fetchall()


def count(db: Database, actor: int) -> int:
    """How many letters lie there."""
    return int(db.value("select count(*) from contact_letters where actor = ?", (actor,)))


def delete(db: Database, user: int, actor: int, identifier: int) -> None:
    """The letter is gone.  Raises Forbidden for a role that does not speak for the association."""
    teams.must(db, user, actor, "publish")
    db.execute("delete from contact_letters where id = ? and actor = ?", (identifier, actor))


def forget(db: Database, actor: int) -> None:
    """All letters to the association are gone."""
    db.execute("delete from contact_letters where actor = ?", (actor,))


def forget_old(db: Database, now: int) -> None:
    """What is older than a year is gone."""
    db.execute("delete from contact_letters where at < ?", (now - KEPT,))
