"""The people of a measured node: Amal who lives there, senders whose keys it knows, followers at the sinks."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import tashbik
from federation import actors as documents
from federation import outbox, signing
from federation import vocabulary as v
from federation.activity import Activity
from federation.bridge import now
from federation.handlers import create
from federation.outbox import Draft
from keys import pair
from node.network import fields, listed, regions
from node.people import actors, follows, sessions
from node.store import Database, connect, write_now

WORDS = (
    "<p>اجتمعنا اليوم مع جمعيات الواحات حول تدبير الماء، وقررنا أن نبدأ بثلاثة أحياء قبل الصيف. "
    "Nous avons besoin de bénévoles pour la cartographie des seguias, "
    '<a href="https://example.org/carte" rel="nofollow">la carte est ici</a>.</p>'
    "<p>الموعد المقبل يوم السبت، والدعوة عامة لكل الجمعيات المحلية.</p>"
)


@dataclass(frozen=True)
class Sender:
    """Somebody on another server, whose key the node knows."""

    uri: str
    private: Any

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"


def make_node(folder: Path, origin: str) -> str:
    """A node with Amal in the folder; her token."""
    tashbik("init", "--data", str(folder), "--origin", origin, "--development")
    tashbik("user", "create", "amal", "--data", str(folder), "--password", "correct horse")
    return tashbik("token", "create", "amal", "--data", str(folder))


def introduce(folder: Path, count: int) -> list[Sender]:
    """So many senders that the node knows, each on a host of its own; Amal follows them all."""
    senders = []
    for number in range(count):
        private = pair.load(pair.new_rsa())
        senders.append(Sender(f"https://s{number}.example/users/s{number}", private))
    db = connect(folder)
    write_now(db, _introduce, senders)
    db.close()
    return senders


def _introduce(db: Database, senders: list[Sender]) -> None:
    amal = actors.ours(db, "amal")
    assert amal is not None
    for sender in senders:
        host = sender.uri.split("/")[2]
        key = {"id": sender.key_id, "owner": sender.uri, "publicKeyPem": pair.public_of(sender.private)}
        known = documents.keep(db, document(sender.uri, f"https://{host}", publicKey=key), False, now())
        follows.keep(db, amal["id"], known["id"], f"{sender.uri}/f", True, now())


def document(uri: str, origin: str, **more: Any) -> dict[str, Any]:
    """An actor document of another server."""
    return {
        "@context": v.AS2, "id": uri, "type": "Person", "preferredUsername": uri.rpartition("/")[2], "name": "Badr",
        "inbox": f"{uri}/inbox", "outbox": f"{uri}/outbox", "followers": f"{uri}/followers",
        "endpoints": {"sharedInbox": f"{origin}/inbox"}, **more,
    }  # fmt: skip


def fill(folder: Path, senders: list[Sender], count: int) -> None:
    """So many public posts of the senders, in Amal's home too."""
    db = connect(folder)
    write_now(db, _fill, senders, count)
    db.close()


def _fill(db: Database, senders: list[Sender], count: int) -> None:
    at = now()
    for number in range(count):
        sender = senders[number % len(senders)]
        spoken = note(sender, f"old-{number}", at - (count - number) * 60_000)
        create.receive(db, Activity(spoken["id"], "Create", sender.uri, spoken["object"], spoken), at)


def answer(folder: Path, senders: list[Sender], count: int) -> int:
    """Amal said something, and so many senders answered and mentioned her; the id of what she said."""
    db = connect(folder)
    number = write_now(db, _answer, senders, count)
    db.close()
    return number


def _answer(db: Database, senders: list[Sender], count: int) -> int:
    amal = actors.ours(db, "amal")
    assert amal is not None
    at = now()
    post = outbox.publish(db, amal, Draft(text="Salam, qui vient samedi ?", language="fr"), at - 60_000)
    for number in range(count):
        sender = senders[number % len(senders)]
        spoken = note(sender, f"answer-{number}", at - 50_000 + number, inReplyTo=post["uri"])
        spoken["object"] |= {
            "inReplyTo": post["uri"], "cc": [amal["uri"]],
            "tag": [{"type": "Mention", "href": amal["uri"], "name": "@amal"}],
        }  # fmt: skip
        create.receive(db, Activity(spoken["id"], "Create", sender.uri, spoken["object"], spoken), at)
    return int(post["id"])


def browser(folder: Path) -> str:
    """The cookie of a browser in which Amal is logged in."""
    db = connect(folder)
    secret = write_now(
        db, lambda d: sessions.start(d, d.value("select id from users order by id limit 1"), now(), "benchmark")
    )
    db.close()
    return secret


def number_of(folder: Path, name: str) -> int:
    """The id of the actor with this name."""
    db = connect(folder)
    found = int(db.value("select id from actors where name = ?", (name,)))
    db.close()
    return found


def list_associations(folder: Path, count: int) -> None:
    """So many associations of peers stand in the directory, of every field and province."""
    db = connect(folder)
    for start in range(0, count, 5000):
        write_now(db, _list_associations, range(start, min(start + 5000, count)))
    db.execute("analyze")
    db.close()


def _list_associations(db: Database, numbers: range) -> None:
    slugs, sizes = list(fields.fields()), list(fields.sizes())
    paths = [one.path for one in regions.everywhere().values()]
    for number in numbers:
        name = f"جمعية {NAMES[number % len(NAMES)]} {number}"
        record = listed.Record(
            f"https://d{number % 40}.example/orgs/a{number}", f"d{number % 40}.example", name, number + 1,
            names={"ar": name, "fr": f"Association {number}"}, url=f"https://d{number % 40}.example/@a{number}",
            fields=[slugs[number % len(slugs)]], path=paths[number % len(paths)], size=sizes[number % len(sizes)],
        )  # fmt: skip
        listed.keep(db, record, number + 1)


NAMES = ("الواحة", "الأمل", "الماء", "المستقبل", "التضامن", "النخيل", "البيئة")


def multiply(folder: Path, times: int) -> None:
    """Each public post of the senders stands in the file so many times, the others older: as in a file of years."""
    db = connect(folder)
    write_now(db, _multiply, times)
    db.execute("analyze")
    db.close()


def _multiply(db: Database, times: int) -> None:
    columns = [row[1] for row in db.rows("pragma table_info(posts)")]
    span = 1 + db.value("select (max(id) - min(id)) >> 16 from posts") << 16
    shifted = {
        "id": "id - :gone",
        "thread": "thread - :gone",
        "uri": "uri || '-' || :number",
        "url": "url || '-' || :number",
    }
    chosen = ", ".join(shifted.get(name, name) for name in columns)
    whole = "from posts where not local and reply_to is null and id > :oldest"
    oldest = db.value("select min(id) - 1 from posts")
    for number in range(1, times):
        values = {"gone": number * span, "number": number, "oldest": oldest}
        db.execute("insert into posts (" + ", ".join(columns) + ") select " + chosen + " " + whole, values)
        db.execute(
            "insert into search (rowid, text, kind, language) select rowid - :gone, text || ' ' || :number, kind, language"
            " from search where rowid in (select id " + whole + ")", values)  # fmt: skip
        db.execute(
            "insert into post_tags (tag, post, written) select tag, post - :gone, written from post_tags"
            " where post in (select id " + whole + ")", values)  # fmt: skip


def follow_amal(folder: Path, origins: list[str], *, shared: bool) -> None:
    """Amal has a follower at each origin; shared: they share one inbox there, else each has her own."""
    db = connect(folder)
    write_now(db, _follow, origins, shared)
    db.close()


def _follow(db: Database, origins: list[str], shared: bool) -> None:
    amal = actors.ours(db, "amal")
    assert amal is not None
    for number, origin in enumerate(origins):
        uri = f"{origin}/users/f{number}"
        found = document(uri, origin) if shared else document(uri, origin, endpoints={})
        known = documents.keep(db, found, True, now())
        follows.keep(db, known["id"], amal["id"], f"{uri}/f", True, now())


def unfollow_amal(folder: Path) -> None:
    """Nobody follows Amal any more."""
    db = connect(folder)
    write_now(
        db,
        lambda d: d.execute("delete from follows where target = (select id from actors where name = 'amal' and local)"),
    )
    db.close()


def note(sender: Sender, name: str, at: int, **more: Any) -> dict[str, Any]:
    """A Create(Note) as Mastodon writes it: about 1.7 kB."""
    origin = "/".join(sender.uri.split("/")[:3])
    moment = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    uri = f"{origin}/users/s/statuses/{name}"
    to, cc = [v.PUBLIC], [f"{sender.uri}/followers"]
    inner = {
        "id": uri, "type": "Note", "summary": None, "inReplyTo": None, "published": moment, "url": f"{origin}/@s/{name}",
        "attributedTo": sender.uri, "to": to, "cc": cc, "sensitive": False, "content": WORDS,
        "contentMap": {"ar": WORDS}, "attachment": [],
        "tag": [{"type": "Hashtag", "href": f"{origin}/tags/water", "name": "#ماء"}],
        "replies": {"id": f"{uri}/replies", "type": "Collection",
                    "first": {"type": "CollectionPage", "partOf": f"{uri}/replies", "items": []}},
    }  # fmt: skip
    return {
        "@context": [v.AS2, {"ostatus": "http://ostatus.org#", "sensitive": "as:sensitive", "Hashtag": "as:Hashtag"}],
        "id": f"{uri}/activity", "type": "Create", "actor": sender.uri, "published": moment, "to": to, "cc": cc,
        "object": inner, **more,
    }  # fmt: skip


def signed(sender: Sender, origin: str, body: bytes) -> dict[str, str]:
    """Headers of the POST of body to the node's shared inbox."""
    return signing.signed_cavage(
        "POST", origin.partition("://")[2], "/inbox", body, sender.key_id,
        lambda message: pair.sign(sender.private, message), datetime.now(UTC), v.ACTIVITY_JSON, v.ACTIVITY_JSON,
    )  # fmt: skip


def body_of(activity: dict[str, Any]) -> bytes:
    return json.dumps(activity, ensure_ascii=False, separators=(",", ":")).encode()
