"""Whoever speaks, here or elsewhere: people, associations, forums, projects, nodes. One table."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from node import changes, emojis, hosts, ids
from node.errors import Conflict, Invalid, NotFound
from node.store import Database, Row

NAME = re.compile(r"[a-z0-9_]{2,30}\Z")
# What our own paths, well-known actors and clients already mean.
RESERVED = frozenset(
    [
        "about",
        "accounts",
        "activities",
        "actor",
        "agenda",
        "all",
        "api",
        "assoc",
        "authorize",
        "authorize_interaction",
        "avatars",
        "board",
        "c",
        "calls",
        "directory",
        "e",
        "f",
        "feed",
        "feeds",
        "forums",
        "groups",
        "headers",
        "health",
        "help_desk",
        "home",
        "inbox",
        "interact",
        "join",
        "lang",
        "library",
        "lite",
        "local",
        "login",
        "logout",
        "manage",
        "me",
        "media",
        "messages",
        "moved",
        "n",
        "network",
        "new",
        "nodeinfo",
        "notifications",
        "oauth",
        "offline",
        "orgs",
        "outbox",
        "p",
        "participate",
        "posts",
        "privacy",
        "projects",
        "public",
        "relay",
        "report",
        "rules",
        "search",
        "settings",
        "share",
        "sharedinbox",
        "sign_up",
        "static",
        "t",
        "tags",
        "users",
        "well_known",
        "manifest",
        "robots",
        "service_worker",
    ]
)
IMPERSONATING = frozenset(
    ["admin", "administrator", "root", "support", "moderator", "system", "tashbik", "mod", "staff", "security", "help"]
)


@dataclass(slots=True)
class Profile:
    """What a document says of an actor, read and cleaned; or what we say of our own."""

    uri: str
    type: str
    name: str
    host: str = ""
    display: str = ""
    displays: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    summaries: dict[str, str] = field(default_factory=dict)
    language: str = ""
    url: str = ""
    inbox: str = ""
    shared_inbox: str = ""
    outbox: str = ""
    followers: str = ""
    following: str = ""
    featured: str = ""
    moderators: str = ""
    icon: str = ""
    image: str = ""
    fields: list[list[Any]] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    role: str = ""
    approves: bool = False
    discoverable: bool = True
    indexable: bool = True
    moved_to: str = ""
    aliases: list[str] = field(default_factory=list)
    emojis: dict[str, int] = field(default_factory=dict)  # shortcode -> id, of those in its words
    published: int | None = None
    updated: int | None = None


TOLD = "told"  # of details: {"posts": …, "followers": …, "following": …} as a peer's own server counts them

_JSON = ("displays", "summaries", "fields", "details", "aliases", "emojis")
_COLUMNS = [name for name in Profile.__slots__ if name != "uri"]
_VALUES = ", ".join(f":{name}" for name in _COLUMNS)
_KEEP_REMOTE = (
    f"insert into actors (id, uri, local, fetched, {', '.join(_COLUMNS)})"
    f" values (:id, :uri, 0, :now, {_VALUES})"
    " on conflict (uri) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name not in ("published", "host"))
    + ", published = ifnull(published, excluded.published)"
    + ", fetched = excluded.fetched, version = version + 1 where not local returning id"
)
_KEEP_LOCAL = f"insert into actors (id, uri, local, {', '.join(_COLUMNS)}) values (:id, :uri, 1, {_VALUES})"


def get(db: Database, identifier: int) -> Row:
    """The actor with this id.  Raises NotFound."""
    found = by_id(db, identifier)
    if found is None:
        raise NotFound("There is no such account here.", actor=identifier)
    return found


def by_id(db: Database, identifier: int) -> Row | None:
    """The actor with this id, when known."""
    return db.row("select * from actors where id = ?", (identifier,))


def by_uri(db: Database, uri: str) -> Row | None:
    """The actor of this URI, when known."""
    return db.row("select * from actors where uri = ?", (uri,))


def system(db: Database) -> int:
    """The id of the Application actor, in whose name the node itself speaks."""
    return int(db.value("select id from actors where local and type = 'Application'"))


def ours(db: Database, name: str) -> Row | None:
    """Our actor of this name, compared without case; also one that is gone."""
    return db.row("select * from actors where local and name = ? collate nocase", (name,))


def by_handle(db: Database, name: str, host: str) -> Row | None:
    """The actor behind name@host; host '' is here.  Of several, the one told most recently."""
    return db.row(
        """
        select * from actors
         where name = ? collate nocase and host = ?
         order by gone is not null, fetched desc limit 1
        """,
        (name, host.lower()),
    )


def handle(actor: Row) -> str:
    """`amal` for ours, `badr@peer.example` for others."""
    return f"{actor['name']}@{actor['host']}" if actor["host"] else str(actor["name"])


def fit(db: Database, name: str, *, asked_by_stranger: bool = False) -> str:
    """The name, fit to be given.

    Raises Invalid for a spelling that other servers refuse or a reserved word,
    Conflict when it was ever given before.
    """
    if not NAME.match(name):
        raise Invalid("A name has 2 to 30 of the letters a-z, digits and _.", name=name)
    if name in RESERVED or (asked_by_stranger and name in IMPERSONATING):
        raise Invalid("This name is reserved: {name}.", name=name)
    if db.value("select 1 from names_used where name = ?", (name,)):
        raise Conflict("This name is taken: {name}.", name=name)
    return name


def keep_local(db: Database, identifier: int, profile: Profile) -> int:
    """Our new actor; its name is used up for ever."""
    if profile.type != "Application":
        db.execute("insert into names_used (name) values (?)", (profile.name,))
    db.execute(_KEEP_LOCAL, {**_values(profile), "id": identifier})
    changes.note(db, "actor", identifier)
    return identifier


def keep_remote(db: Database, profile: Profile, now: int) -> int:
    """The id of a peer's actor, known from now on as its document says.

    Raises Conflict when the URI is one of ours.
    """
    values = {**_values(profile), "id": ids.for_remote(profile.published, now), "now": now}
    kept = db.value(_KEEP_REMOTE, values)
    if kept is None:
        raise Conflict("This actor lives here.", actor=profile.uri)
    policy = hosts.policy(db, profile.host) if profile.host else ""
    if policy == "silence":  # what moderators decide about a server holds for those of it whom we meet later
        db.execute("update actors set silenced = ifnull(silenced, ?) where id = ?", (-now, kept))
    changes.note(db, "actor", kept)
    return int(kept)


def told(db: Database, identifier: int, counts: dict[str, int]) -> None:
    """A peer's actor has so many posts and followers and follows so many, as its own server says."""
    db.execute(
        """
        update actors set details = json_set(details, '$.told', json(?)), version = version + 1
         where id = ? and not local and gone is null
        """,
        (json.dumps(counts), identifier),
    )
    changes.note(db, "actor", identifier)


def counted(actor: Row) -> tuple[int, int, int]:
    """(posts, followers, following) as they are shown: those that we know of, or as many as its own server told of."""
    known: tuple[int, int, int] = (actor["posts_count"], actor["followers_count"], actor["following_count"])
    if actor["local"] or f'"{TOLD}"' not in actor["details"]:
        return known
    said = json.loads(actor["details"]).get(TOLD, {})
    posts, followers, following = (
        max(count, said.get(name, 0)) for count, name in zip(known, ("posts", "followers", "following"), strict=True)
    )
    return posts, followers, following


def mark_host(db: Database, host: str, now: int, *, silenced: bool, hidden: bool) -> None:
    """Accounts of this host and below it are silenced, or out of sight, or neither, but for what was decided of one alone."""
    known = {"host": host, "below": "%." + host.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"),
             "mark": -now, "silenced": int(silenced), "hidden": int(hidden)}  # fmt: skip
    db.execute(
        """
        update actors
           set silenced = case when :silenced then ifnull(silenced, :mark) when silenced < 0 then null else silenced end,
               gone = case when :hidden then ifnull(gone, :mark) when gone < 0 then null else gone end,
               version = version + 1
         where not local and (host = :host or host like :below escape '\\')
        """,
        known,
    )
    db.wake("policy")
    db.wake("keys")


def change(db: Database, identifier: int, now: int, **values: Any) -> None:
    """Our actor's columns have these values, and its document is of now; JSON columns take Python values."""
    unknown = set(values) - set(_COLUMNS) - {"gone", "silenced", "sensitized"}
    if unknown:
        raise Invalid("An actor has no {name}.", name=", ".join(sorted(unknown)))
    row = get(db, identifier)
    values = _pictured(db, row, _alike(row, values))
    values = {k: json.dumps(v, ensure_ascii=False) if k in _JSON else v for k, v in values.items()}
    assignments = "".join(", " + name + " = :" + name for name in values)
    db.execute(
        "update actors set version = version + 1, updated = iif(local, :now_, updated)"
        + assignments
        + " where id = :id_",
        {**values, "now_": now, "id_": identifier},
    )
    changes.note(db, "actor", identifier)
    if "gone" in values:
        db.wake("keys")


def says(row: Row, values: dict[str, Any]) -> bool:
    """Whether the actor has these values already: nothing is to be written, and nobody to be told."""
    return all(value == (_in_tongues(row, name) if name in _JSON else row[name]) for name, value in values.items())


def _in_tongues(row: Row, name: str) -> Any:
    """The value of a JSON column; a name or text that has no languages is in the actor's own."""
    found, plain = json.loads(row[name]), {"displays": "display", "summaries": "summary"}.get(name, "")
    return {row["language"] or "ar": row[plain]} if plain and not found and row[plain] else found


def _alike(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """A new name or text takes the place of the old one among the languages too, else pages went on showing the old."""
    found = dict(values)
    for plain, tagged in (("display", "displays"), ("summary", "summaries")):
        if plain in values and tagged not in values and values[plain] != row[plain]:
            said = {tag: values[plain] if one == row[plain] else one for tag, one in json.loads(row[tagged]).items()}
            found[tagged] = said if values[plain] in said.values() else {}
    return found


def _pictured(db: Database, row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """With new words about the actor, those of our emoji that stand in them."""
    texts = ("display", "displays", "summary", "summaries", "fields")
    if not set(texts) & set(values):
        return values
    said = [values[name] if name in values else row[name] for name in texts]
    words = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in said]
    return {**values, "emojis": emojis.ours(db, "\n".join(words))}


def called(db: Database, identifier: int, host: str) -> None:
    """The peer's actor bears its name on this host: both servers said so."""
    db.execute(
        "update actors set host = ?, version = version + 1 where id = ? and host <> ? and not local",
        (host.lower(), identifier, host.lower()),
    )
    changes.note(db, "actor", identifier)


def moved(db: Database, identifier: int, target: str) -> None:
    """A peer's actor lives at target now."""
    db.execute("update actors set moved_to = ?, version = version + 1 where id = ?", (target, identifier))
    changes.note(db, "actor", identifier)


def count(db: Database, identifier: int, *, followers: int = 0, following: int = 0, posts: int = 0) -> None:
    """The actor's counters move by so much, never below nothing."""
    db.execute(
        """
        update actors
           set followers_count = max(0, followers_count + ?),
               following_count = max(0, following_count + ?),
               posts_count = max(0, posts_count + ?),
               version = version + 1
         where id = ?
        """,
        (followers, following, posts, identifier),
    )
    changes.note(db, "actor", identifier)


def spoke(db: Database, identifier: int, at: int) -> str:
    """One post more, the last of it at that moment; the actor's type."""
    return str(
        db.value(
            """
            update actors set posts_count = posts_count + 1, last_post = max(ifnull(last_post, 0), ?),
                              version = version + 1
             where id = ? returning type
            """,
            (at, identifier),
        )
    )


def forget(db: Database, identifier: int, now: int) -> None:
    """The actor is gone: its words about itself are wiped, its row stays so that nobody takes its place."""
    db.execute(
        """
        update actors
           set gone = ?, display = '', displays = '{}', summary = '', summaries = '{}', icon = '', image = '',
               version = version + 1, fields = '[]', details = '{}', emojis = '{}', followers_count = 0, following_count = 0, posts_count = 0
         where id = ?
        """,
        (now, identifier),
    )
    changes.note(db, "actor", identifier)
    db.wake("keys")


def _values(profile: Profile) -> dict[str, Any]:
    values: dict[str, Any] = {"uri": profile.uri}
    for name in _COLUMNS:
        value = getattr(profile, name)
        if name in _JSON:
            value = json.dumps(value, ensure_ascii=False)
        values[name] = int(value) if isinstance(value, bool) else value
    return values
