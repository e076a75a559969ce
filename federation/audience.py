"""To whom a post goes: what stands in `to` and `cc`, and into which inboxes the letter is put.

Source: ActivityPub §7.1; interop §7.1, §11.2.
"""

from dataclasses import dataclass

from federation import vocabulary as v
from node import hosts
from node.network import forums
from node.people import actors, follows, whose
from node.posts import posts
from node.store import Database, Row


@dataclass(frozen=True, slots=True)
class Addressing:
    """URIs, in the order in which they are written."""

    to: list[str]
    cc: list[str]

    def fields(self) -> dict[str, list[str]]:
        return {"to": self.to, "cc": self.cc}


def of_post(db: Database, post: Row) -> Addressing:
    """What the post's document and its activities carry.

    What stands in a forum goes to the forum, and the forum passes it on: the author's followers are left out.
    """
    author = actors.get(db, post["author"])
    named = [row["uri"] for row in posts.recipients(db, post["id"]) if row["id"] != post["place"]]
    asker = answered(db, post)
    if asker is not None:
        named.append(asker["uri"])
    where = _place(db, post)
    followers = [] if forums.is_forum(where) else [author["followers"]]
    place = [where["uri"]] if where is not None else []
    match post["visibility"]:
        case "public":
            return Addressing([v.PUBLIC, *place], _once([*followers, *named], place))
        case "unlisted":
            return Addressing([*followers, *place], _once([v.PUBLIC, *named], place))
        case "followers":
            return Addressing([*followers, *place], _once(named, place))
        case _:
            return Addressing(_once([*place, *named], []), [])


def answered(db: Database, post: Row) -> Row | None:
    """Whom elsewhere an open post answers: named on the wire even where its text names nobody.

    Microblogs tell their people only of posts that name them; Lemmy writes its comments so too.
    """
    if post["reply_to"] is None or post["visibility"] not in posts.OPEN:
        return None
    author = actors.get(db, posts.get(db, post["reply_to"])["author"])
    return None if author["local"] or author["gone"] or author["id"] == post["author"] else author


def _once(uris: list[str], without: list[str]) -> list[str]:
    return [uri for uri in dict.fromkeys(uris) if uri not in without]


def inboxes_of_post(
    db: Database, post: Row, *, also: list[Row] | None = None, without: list[Row] | None = None
) -> set[tuple[str, str]]:
    """(inbox, host) of everyone elsewhere who gets it: followers unless it is direct or stands in a
    forum, those named, the place it stands in, and `also`.  Shared inboxes are folded; direct posts
    and the place have personal ones.  `without` are written to apart.
    """
    direct = post["visibility"] == "direct"
    where = _place(db, post)
    found = [] if direct or forums.is_forum(where) else follows.inboxes(db, post["author"])
    left_out = {post["place"], *(one["id"] for one in without or [])}
    people = [one for one in (*posts.recipients(db, post["id"]), *(also or [])) if one["id"] not in left_out]
    found += [
        (one["inbox"], "" if direct else one["shared_inbox"]) for one in people if not one["local"] and not one["gone"]
    ]
    if where is not None and not where["local"] and not where["gone"]:
        found.append((where["inbox"], ""))
    return fold(db, found)


def _place(db: Database, post: Row) -> Row | None:
    return actors.get(db, post["place"]) if post["place"] is not None else None


def one_at_a_time(db: Database, post: Row) -> list[Row]:
    """Of several recipients of a direct post, those on Lemmy: it refuses a message that names more than one."""
    named = [one for one in posts.recipients(db, post["id"]) if one["id"] != post["place"]]
    if len(named) < 2:
        return []
    return [one for one in named if not one["local"] and hosts.software(db, v.host(one["uri"])) == "lemmy"]


def still_open(db: Database, found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these inboxes, those whose hosts we may write to today."""
    return fold(db, [(inbox, "") for inbox, _ in found])


def inboxes_of_followers(db: Database, actor: int) -> set[tuple[str, str]]:
    """(inbox, host) of the actor's followers elsewhere, shared ones folded."""
    return fold(db, follows.inboxes(db, actor))


def everywhere(db: Database) -> set[tuple[str, str]]:
    """(inbox, host) of every server that we know somebody on: its shared inbox, or each personal one."""
    return fold(db, whose.inboxes(db))


def inbox_of(db: Database, actor: Row, *, shared: bool = False) -> set[tuple[str, str]]:
    """(inbox, host) of one actor elsewhere; none for ours and for those that are gone."""
    if actor["local"] or actor["gone"]:
        return set()
    return fold(db, [(actor["inbox"], actor["shared_inbox"] if shared else "")])


def fold(db: Database, found: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """One entry for each inbox that we may write to, the shared one where there is one."""
    chosen = {one: v.host(one) for one in {shared or inbox for inbox, shared in found} if one}
    refused = hosts.refused(db, set(chosen.values()))
    return {(inbox, host) for inbox, host in chosen.items() if host not in refused}
