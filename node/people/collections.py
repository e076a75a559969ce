"""Collections: accounts of this node that somebody recommends together; whoever stands in one may leave it for good."""

from dataclasses import dataclass

from node import ids
from node.errors import Forbidden, Invalid, NotFound
from node.people import actors, blocks
from node.posts import notifications
from node.store import Database, Row
from node.text import many_lines, one_line

MOST, MOST_ITEMS = 10, 25  # of one owner; in one collection
LONGEST_NAME, LONGEST_DESCRIPTION = 40, 100


@dataclass(frozen=True, slots=True)
class Facts:
    """What a collection says of itself."""

    name: str
    description: str = ""
    language: str = ""
    tag: str = ""
    sensitive: bool = False
    discoverable: bool = False


# Who is still there, wishes to be found, and has nothing against the owner.
_SHOWN = """
    collection_items.state = 'accepted' and actors.gone is null
    and not exists (select 1 from blocks
                     where (blocks.actor = collections.owner and blocks.target = collection_items.actor)
                        or (blocks.actor = collection_items.actor and blocks.target = collections.owner))
"""


def create(db: Database, owner: int, facts: Facts, now: int) -> Row:
    """A new collection, empty.  Raises Invalid for strange words, or one too many."""
    if int(db.value("select count(*) from collections where owner = ?", (owner,))) >= MOST:
        raise Invalid("Validation failed: You have already created the maximum number of collections")
    identifier = ids.new(now)
    db.execute(
        """
        insert into collections (id, owner, name, description, language, tag, sensitive, discoverable, changed)
        values (:id, :owner, :name, :description, :language, :tag, :sensitive, :discoverable, :now)
        """,
        {"id": identifier, "owner": owner, "now": now, **_checked(facts)},
    )
    return get(db, identifier, owner)


def change(db: Database, owner: int, identifier: int, facts: Facts, now: int) -> Row:
    """One's own, saying this from now on.  Raises NotFound, Invalid."""
    own(db, owner, identifier)
    db.execute(
        """
        update collections set name = :name, description = :description, language = :language, tag = :tag,
               sensitive = :sensitive, discoverable = :discoverable, changed = :now where id = :id
        """,
        {"id": identifier, "now": now, **_checked(facts)},
    )
    return get(db, identifier, owner)


def _checked(facts: Facts) -> dict[str, object]:
    name, description = one_line(facts.name, 1000).strip(), many_lines(facts.description, 1000).strip()
    if not name:
        raise Invalid("Validation failed: Name can't be blank")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Validation failed: Name is too long (maximum is {LONGEST_NAME} characters)")
    if len(description) > LONGEST_DESCRIPTION:
        raise Invalid(f"Validation failed: Description is too long (maximum is {LONGEST_DESCRIPTION} characters)")
    tag = one_line(facts.tag, 100).strip().lstrip("#")
    if any(one.isspace() for one in tag):
        raise Invalid("Validation failed: Tag is invalid")
    return {"name": name, "description": description, "language": facts.language[:35], "tag": tag,
            "sensitive": int(facts.sensitive), "discoverable": int(facts.discoverable)}  # fmt: skip


def get(db: Database, identifier: int, viewer: int | None) -> Row:
    """The collection, for whom its owner has not blocked.  Raises NotFound."""
    found = db.row(
        """
        select collections.* from collections join actors on actors.id = collections.owner
         where collections.id = ? and actors.gone is null
        """,
        (identifier,),
    )
    if found is None or (
        viewer is not None and viewer != found["owner"] and blocks.between(db, viewer, found["owner"])
    ):
        raise NotFound("Record not found")
    return found


def own(db: Database, owner: int, identifier: int) -> Row:
    """One's own.  Raises NotFound, Forbidden for another's."""
    found = get(db, identifier, owner)
    if found["owner"] != owner:
        raise Forbidden("This action is not allowed")
    return found


def delete(db: Database, owner: int, identifier: int) -> None:
    """It is gone.  Raises NotFound, Forbidden."""
    own(db, owner, identifier)
    db.execute("delete from collections where id = ?", (identifier,))


def of(db: Database, owner: int, viewer: int | None, limit: int, offset: int) -> list[Row]:
    """The owner's collections, the newest first; for others those that may be found."""
    if viewer is not None and viewer != owner and blocks.between(db, viewer, owner):
        return []
    return db.rows(
        """
        select * from collections where owner = :owner and (discoverable or :viewer is :owner)
         order by id desc limit :limit offset :offset
        """,
        {"owner": owner, "viewer": viewer, "limit": limit, "offset": offset},
    ).fetchall()


def holding(db: Database, actor: int, limit: int, offset: int) -> list[Row]:
    """Collections in which the actor stands, the newest first."""
    return db.rows(
        """
        select collections.* from collection_items
          join collections on collections.id = collection_items.collection
          join actors on actors.id = collections.owner
         where collection_items.actor = :actor and """ + _SHOWN + " order by collections.id desc limit :limit offset :offset",
        {"actor": actor, "limit": limit, "offset": offset},
    ).fetchall()  # fmt: skip


def items(db: Database, identifier: int) -> list[Row]:
    """(id, actor) of those who stand in it, in the order in which they came."""
    return db.rows(
        """
        select collection_items.id, collection_items.actor from collection_items
          join collections on collections.id = collection_items.collection
          join actors on actors.id = collection_items.actor
         where collection_items.collection = ? and """ + _SHOWN + " order by collection_items.id",
        (identifier,),
    ).fetchall()  # fmt: skip


def add(db: Database, owner: int, identifier: int, target: int, now: int) -> int:
    """The target stands in one's own collection, and is told; the id of the item.

    Raises NotFound, Invalid, and Forbidden for who lives elsewhere, does not wish to be found, or is blocked.
    """
    own(db, owner, identifier)
    actor = actors.get(db, target)
    if not actor["local"] or not actor["discoverable"] or actor["gone"] or blocks.between(db, owner, target):
        raise Forbidden("This action is not allowed")
    if db.value("select 1 from collection_items where collection = ? and actor = ?", (identifier, target)):
        raise Invalid("Validation failed: Account has already been taken")
    if len(items(db, identifier)) >= MOST_ITEMS:
        raise Invalid("Validation failed: Collection has reached the maximum number of accounts")
    made = ids.new(now)
    db.execute(
        "insert into collection_items (id, collection, actor, state) values (?, ?, ?, 'accepted')",
        (made, identifier, target),
    )
    db.execute("update collections set changed = ? where id = ?", (now, identifier))
    notifications.tell(db, target, "added_to_collection", owner, None, now, collection=identifier)
    return made


def remove(db: Database, owner: int, identifier: int, item: int) -> None:
    """It stands no more in one's own.  Raises NotFound, Forbidden."""
    own(db, owner, identifier)
    if not db.execute("delete from collection_items where id = ? and collection = ?", (item, identifier)).rowcount:
        raise NotFound("Record not found")


def revoke(db: Database, actor: int, identifier: int, item: int) -> None:
    """The actor leaves somebody's collection, and cannot be put there again.  Raises NotFound, Forbidden."""
    found = db.row("select actor from collection_items where id = ? and collection = ?", (item, identifier))
    if found is None:
        raise NotFound("Record not found")
    if found["actor"] != actor:
        raise Forbidden("This action is not allowed")
    db.execute("update collection_items set state = 'revoked' where id = ?", (item,))
