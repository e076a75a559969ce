"""Lists: some of those whom one follows, read apart; and two that the node keeps for everybody.

«Events» and «my region» stand behind one's own.  They have no members and no row: what is in
them is asked for when they are read.
"""

from node import ids
from node.errors import Forbidden, Invalid, NotFound
from node.network import agenda
from node.people import follows, mutes
from node.posts import visibility
from node.store import Database, Row
from node.text import base
from node.window import Window, placed

POLICIES = ("followed", "list", "none")
LONGEST_TITLE = 256
EVENTS, REGION = 11, 12  # ids of the node's lists: no list of a member has an id as low
TITLES = {EVENTS: ("مواعيد", "Agenda"), REGION: ("جهتي", "Ma région")}  # in Arabic, and for who reads another language


def create(db: Database, owner: int, title: str, replies: str, exclusive: bool, now: int) -> Row:
    """A new list.  Raises Invalid for no title or an unknown policy."""
    _check(title, replies)
    identifier = ids.new(now)
    db.execute(
        "insert into lists (id, owner, title, replies, exclusive) values (?, ?, ?, ?, ?)",
        (identifier, owner, title.strip()[:LONGEST_TITLE], replies, int(exclusive)),
    )
    return get(db, owner, identifier)


def change(db: Database, owner: int, identifier: int, title: str | None, replies: str | None,
           exclusive: bool | None) -> Row:  # fmt: skip
    """The list with what was given changed."""
    _must_be_own(identifier)
    known = get(db, owner, identifier)
    title, replies = known["title"] if title is None else title, replies or known["replies"]
    _check(title, replies)
    db.execute(
        "update lists set title = ?, replies = ?, exclusive = ifnull(?, exclusive) where id = ?",
        (title.strip()[:LONGEST_TITLE], replies, exclusive, identifier),
    )
    return get(db, owner, identifier)


def get(db: Database, owner: int, identifier: int) -> Row:
    """The owner's list, or one of the node's.  Raises NotFound for anybody else's."""
    if identifier in TITLES:
        return _kept(db, owner, identifier)
    found = db.row("select * from lists where id = ? and owner = ?", (identifier, owner))
    if found is None:
        raise NotFound("Record not found")
    return found


def of(db: Database, owner: int) -> list[Row]:
    """The owner's lists, the oldest first; then the node's, where associations or events are known that could be in them."""
    own = db.rows("select * from lists where owner = ? order by id", (owner,)).fetchall()
    return own + [_kept(db, owner, one) for one in TITLES if db.value(_KNOWN)]


_KNOWN = """
select exists (select 1 from actors where local and type = 'Organization' and gone is null)
    or exists (select 1 from directory) or exists (select 1 from agenda)
"""


def _kept(db: Database, owner: int, identifier: int) -> Row:
    """A list of the node's, titled for its reader."""
    locale = db.value("select locale from users where actor = ?", (owner,)) or "ar"
    title = TITLES[identifier][0 if base(locale) in ("ar", "ary", "aeb") else 1]
    values = {"id": identifier, "owner": owner, "title": title}
    found = db.row("select :id as id, :owner as owner, :title as title, 'none' as replies, 0 as exclusive", values)
    assert found is not None
    return found


def _must_be_own(identifier: int) -> None:
    if identifier in TITLES:
        raise Forbidden("This list is kept by the node: it can be read, not changed.", list=identifier)


def sizes(db: Database, owner: int) -> dict[int, int]:
    """How many stand in each of the owner's lists; one in which nobody does is left out."""
    found = db.rows(
        """
        select list_members.list, count(*) from list_members join lists on lists.id = list_members.list
         where lists.owner = ? group by list_members.list
        """,
        (owner,),
    )
    return {row[0]: row[1] for row in found}


def outside(db: Database, owner: int, identifier: int, text: str, limit: int) -> list[Row]:
    """Whom the owner follows and who stands not in the list, the last followed first; text: part of a name or handle."""
    return db.rows(
        """
        select actors.* from follows join actors on actors.id = follows.target
         where follows.follower = :owner and follows.state = 'accepted' and actors.gone is null
           and not exists (select 1 from list_members where list = :list and actor = actors.id)
           and (instr(lower(actors.name || '@' || actors.host), lower(:text))
                or instr(lower(actors.display || ' ' || actors.displays), lower(:text)))
         order by follows.since desc, actors.id desc limit :limit
        """,
        {"owner": owner, "list": identifier, "text": text, "limit": limit},
    ).fetchall()


def holding(db: Database, owner: int, actor: int) -> list[Row]:
    """The owner's lists in which the actor stands."""
    return db.rows(
        """
        select lists.* from lists join list_members on list_members.list = lists.id
         where lists.owner = ? and list_members.actor = ? order by lists.id
        """,
        (owner, actor),
    ).fetchall()


def delete(db: Database, owner: int, identifier: int) -> None:
    """The list is gone; those in it are followed as before."""
    _must_be_own(identifier)
    get(db, owner, identifier)
    db.execute("delete from lists where id = ?", (identifier,))


def add(db: Database, owner: int, identifier: int, actors: list[int], now: int) -> None:
    """These stand in the list.  Raises NotFound for one whom the owner does not follow, Invalid for one twice."""
    _must_be_own(identifier)
    get(db, owner, identifier)
    for actor in actors:
        known = follows.get(db, owner, actor)
        if actor != owner and (known is None or known["state"] != "accepted"):
            raise NotFound("Record not found")
        new = db.execute(
            "insert into list_members (list, actor, since) values (?, ?, ?) on conflict do nothing",
            (identifier, actor, now),
        ).rowcount
        if not new:
            raise Invalid("Validation failed: Account has already been taken")


def remove(db: Database, owner: int, identifier: int, actors: list[int]) -> None:
    """These do not."""
    _must_be_own(identifier)
    get(db, owner, identifier)
    for actor in actors:
        db.execute("delete from list_members where list = ? and actor = ?", (identifier, actor))


def members(db: Database, owner: int, identifier: int, window: Window) -> list[Row]:
    """Who stands in the list, the last to come in first, each with its `place` in that order."""
    get(db, owner, identifier)
    return placed(
        db,
        """
        select actors.*, list_members.since << 16 | (list_members.actor & 65535) as place
          from list_members join actors on actors.id = list_members.actor where list_members.list = :list
        """,
        {"list": identifier},
        window,
    )


_LISTED = """
    exists (select 1 from list_members mine where mine.list = :list and mine.actor = posts.author)
    and (posts.reply_to is null
         or :replies = 'followed' and exists (
                select 1 from posts parent where parent.id = posts.reply_to
                   and (parent.author in (:viewer, posts.author)
                        or exists (select 1 from follows known where known.follower = :viewer
                                    and known.target = parent.author and known.state = 'accepted')))
         or :replies = 'list' and exists (
                select 1 from posts parent where parent.id = posts.reply_to
                   and (parent.author in (:viewer, posts.author)
                        or exists (select 1 from list_members known where known.list = :list
                                    and known.actor = parent.author)))
         or :replies = 'none' and exists (
                select 1 from posts parent where parent.id = posts.reply_to and parent.author = posts.author))
"""


def timeline(db: Database, owner: int, identifier: int, before: int, after: int, limit: int,
             *, oldest: bool = False) -> list[int]:  # fmt: skip
    """Ids of what those in the list said and passed on, newest first."""
    if identifier == EVENTS:
        return agenda.latest(db, owner, before, after, limit, oldest=oldest)
    if identifier == REGION:
        return agenda.of_region(db, agenda.region_of(db, owner), owner, before, after, limit, oldest=oldest)
    known = get(db, owner, identifier)
    found = db.rows(
        "select posts.id from posts left join posts original on original.id = posts.boost_of"
        " where posts.id < :before and posts.id > :after and posts.visibility <> 'direct' and "
        + _LISTED + " and " + visibility.POSTS + " and " + mutes.QUIET
        + " and (posts.boost_of is null or (" + visibility.of("original") + " and " + mutes.of("original") + "))"
        + " order by posts.id " + ("asc" if oldest else "desc") + " limit :limit",
        {"list": identifier, "replies": known["replies"], "viewer": owner, "before": before, "after": after,
         "limit": limit},
    ).fetchall()  # fmt: skip
    numbers = [row[0] for row in found]
    return numbers[::-1] if oldest else numbers


def holding_post(db: Database, post: int) -> list[Row]:
    """Lists, with their owners, in which the post stands now: for streams."""
    return db.rows(
        """
        select lists.id, lists.owner from posts
          join list_members on list_members.actor = posts.author
          join lists on lists.id = list_members.list
         where posts.id = ? and posts.visibility <> 'direct'
        """,
        (post,),
    ).fetchall()


def _check(title: str, replies: str) -> None:
    if not title.strip():
        raise Invalid("Validation failed: Title can't be blank")
    if replies not in POLICIES:
        raise Invalid("Validation failed: Replies policy is not included in the list")
