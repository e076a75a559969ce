"""Our Groups at work: who may write in a forum or project, and how it passes on what it took (FEP-1b12).

    {"type":"Announce","actor":G,"object":{the activity, unmodified, with its own @context and proof},
     "to":[Public],"cc":[G/followers]}                to forum software and our own nodes
    {"type":"Announce","actor":G,"object":"post id","published","to":[Public],"cc":[G/followers, author]}
                                                       to microblogs, of new posts alone

A host whose software is unknown gets both.  Source: interop §12.1.
"""

import json
import re
from typing import Any

from federation import actors as documents
from federation import audience, by_people, companions, software, speak
from federation import vocabulary as v
from federation.activity import Activity
from node import html, ids, letters, log, settings
from node.errors import Forbidden, Invalid
from node.network import bans, fields, forums, moderators, relayed, submissions, topics
from node.network.forums import Forum
from node.people import actors
from node.posts import posts, publishing
from node.posts.posts import New
from node.store import Database, Row
from node.text import base, mark, one_line

logger = log.Log("federation.groups")

NOTED = "Note"  # what a passed on letter about the Note of an event is noted as: outboxes show the event itself
TITLE = 100  # characters of a first line that serve as a title

BANNED = mark("You may not write in this forum.")
LOCKED = mark("This topic is closed to replies.")
RESTRICTED = mark("Only moderators open topics in this forum.")
CLOSED = mark("This forum is closed.")


# ── a forum of ours ───────────────────────────────────────────────────────────


def open_forum(db: Database, name: str, titles: dict[str, str], moderating: list[int], now: int, *,
               aims: dict[str, str] | None = None, forum: Forum | None = None) -> int:  # fmt: skip
    """A new forum of ours, with keys; its id.  titles and aims: language -> text; moderating: actors.

    Raises Invalid without a title or a moderator, or for an unknown field; Conflict for a name that was given.
    """
    titles = {tag: one_line(text, 60) for tag, text in titles.items() if one_line(text, 60)}
    forum = forum or Forum()
    if not titles:
        raise Invalid("A forum needs a title.")
    if not moderating:
        raise Invalid("A forum needs a moderator.")
    if forum.field:
        fields.check_field(forum.field)
    language = main_language(db, titles)
    summaries = {tag: html.clean(_paragraphs(text)) for tag, text in (aims or {}).items() if text.strip()}
    identifier = documents.create(
        db, "Group", name, now, role="forum", display=titles[language], displays=titles, language=language,
        summary=summaries.get(language) or next(iter(summaries.values()), ""), summaries=summaries, indexable=True,
    )  # fmt: skip
    forums.keep(db, identifier, forum, now)
    for actor in moderating:
        moderators.appoint(db, identifier, actor, now)
    return identifier


def change_forum(db: Database, moderator: Row, place: Row, now: int, **values: Any) -> bool:
    """The forum says this of itself from now on, and its members elsewhere hear of it; false when it said so before.

    values: display(s), summary(ies), icon, image of the actor; field, rules, restricted, shape of the
    forum.  Raises Forbidden unless the moderator decides there.
    """
    if not place["local"] or not forums.may_moderate(db, place, moderator["id"]):
        raise Forbidden("Only moderators of this forum may do this.")
    if values.get("field"):
        fields.check_field(values["field"])
    if not forums.change(db, place["id"], now, **values):
        return False
    changed = actors.get(db, place["id"])
    said = documents.render(db, changed)
    by_people.say(db, changed, "Update", said, now, by=moderator)
    speak.say(db, changed, "Update", said, audience.inboxes_of_followers(db, place["id"]),
              now, to=[v.PUBLIC], cc=[changed["followers"]], extra={"audience": changed["uri"]})  # fmt: skip
    return True


def main_language(db: Database, texts: dict[str, str]) -> str:
    """The language of texts that the node speaks first, else the first one there."""
    wanted = base(settings.get(db, "locale"))
    return wanted if wanted in texts else next(iter(texts))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{html.escape(part.strip())}</p>" for part in re.split(r"\n\s*\n", text) if part.strip())


# ── who may write ─────────────────────────────────────────────────────────────


def refusal(db: Database, place: Row, author: Row, answered: Row | None, now: int) -> str:
    """Why the author may not write there, as a sentence; '' when it may.  answered: the post that it answers."""
    if place["gone"]:
        return CLOSED
    closed = answered is not None and posts.closed(db, answered["id"])
    if forums.may_moderate(db, place, author["id"]):
        return LOCKED if closed else ""
    if bans.get(db, place["id"], author["id"], now) is not None:
        return BANNED
    if answered is not None:
        return LOCKED if closed else ""
    return RESTRICTED if forums.restricted(db, place) else ""


def is_banned(db: Database, place: Row, author: Row, now: int) -> bool:
    """Whether the author may not write there, whatever it is."""
    return bans.get(db, place["id"], author["id"], now) is not None


def must_admit(db: Database, place: Row, author: Row, answered: Row | None, now: int) -> None:
    """Raises Forbidden with the reason when the author may not write there."""
    reason = refusal(db, place, author, answered, now)
    if reason:
        raise Forbidden(reason, place=place["uri"])


def refuse(db: Database, place: Row, activity: Activity, reason: str, now: int) -> None:
    """The author hears that our forum did not take what it sent."""
    author = actors.by_uri(db, activity.actor)
    if author is None or author["local"] or activity.through:
        return
    refused = {"id": activity.id, "type": activity.type, "actor": activity.actor, "object": activity.object_id}
    speak.say(db, place, "Reject", refused, audience.inbox_of(db, author), now, to=[activity.actor],
              extra={"summary": reason})  # fmt: skip
    logger.info("post refused", place=place["uri"], activity=activity.id, reason=reason)


# ── where a post stands ───────────────────────────────────────────────────────


def place_of(db: Database, new: New, activity: Activity, *, asked: bool) -> Row | None:
    """The Group where a peer's post stands; None when no Group can vouch for it.

    In a Group of ours it stands when it was sent to us, not when we asked for it.  In
    another's when the Group passed it on and its author names the Group or answers what
    stands there, or when it comes from the Group's own server.
    """
    if new.visibility not in ("public", "unlisted"):
        return None
    through = _group(db, activity.through)
    if through is not None and not is_named(through, new.uri, activity.embedded, activity.document):
        through = None
    parent = posts.get(db, new.reply_to) if new.reply_to is not None else None
    if parent is not None:
        place = actors.get(db, parent["place"]) if parent["place"] is not None else through
    else:
        place = through or _named(db, activity)
    if place is None:
        return None
    if place["local"]:
        return None if asked or not activity.id else place
    vouched = activity.through == place["uri"] or v.host(place["uri"]) == v.host(new.uri)
    return place if vouched else None


def put_in(new: New, place: Row) -> None:
    """The post stands there; what begins a thread is a topic with a title, in a project an update."""
    new.place = place["id"]
    if new.reply_to is None and not new.reply_to_uri and new.kind in ("note", "page"):
        new.kind = "update" if place["role"] == "project" else "topic"
    if new.kind == "topic":
        new.title = new.title or title_of(new.warning, new.content, place)


def title_of(warning: str, content: str, place: Row) -> str:
    """A title for what has none: its warning, else its first line without the mention of the place."""
    if warning:
        return one_line(warning, 200)
    mentioned = re.compile(rf"[@!]{re.escape(place['name'])}(?:@[\w.:-]+)?", re.IGNORECASE)
    for line in html.plain(content).splitlines():
        found = one_line(mentioned.sub(" ", line), 10_000)
        if found:
            return found if len(found) <= TITLE else found[: TITLE - 1].rstrip() + "…"
    return one_line(place["display"] or place["name"], 200)


def enter(db: Database, post: Row, now: int) -> None:
    """A post that stands in a Group is in its lists; one of ours in another's waits for the Group's word."""
    if post["place"] is None:
        return
    topics.place(db, post)
    place = actors.get(db, post["place"])
    if post["local"] and not place["local"]:
        runs = software.of(db, v.host(place["uri"]), now)
        submissions.wait(db, post["id"], place["id"], now, answers=runs not in software.SENDS_NOTHING_BACK)


def leave(db: Database, post: Row, now: int) -> None:
    """A post that is about to be deleted is in no list, what carries its words is not shown any more.

    Microblogs that know a peer's post from our Group alone take back the share; of ours they hear itself.
    """
    if post["place"] is None:
        return
    if not post["local"]:
        take_back(db, actors.get(db, post["place"]), post, now)
    hide(db, post["id"])
    topics.settle(db, post["thread"], without=post["id"])


def file(db: Database, post: Row, place: Row, now: int) -> Row:
    """A post that was known before stands in the Group from now on."""
    if post["place"] is not None or post["visibility"] not in ("public", "unlisted") or post["boost_of"] is not None:
        return post
    opens = post["thread"] == post["id"] and not post["reply_to_uri"] and post["kind"] in ("note", "page")
    kind = ("update" if place["role"] == "project" else "topic") if opens else post["kind"]
    title = post["title"]
    if kind == "topic" and not title:
        title = title_of(post["warning"], post["content"], place)
    posts.change(db, post["id"], place=place["id"], kind=kind, title=title)
    filed = posts.get(db, post["id"])
    enter(db, filed, now)
    return filed


def is_named(place: Row, uri: str, *documents: dict[str, Any]) -> bool:
    """Whether the author of the post with this URI wrote it to the Group, or both live on one server.

    A Group's own word is not enough: its moderators could hide here what was never theirs.
    """
    if v.host(uri) == v.host(place["uri"]):
        return True
    return any(
        place["uri"] in v.all_ids(one.get(key), 200)
        for one in documents
        for key in ("audience", "to", "cc", "attributedTo")
    )


def stands_in(db: Database, post: Row, place: Row) -> bool:
    """Whether we know already that the post belongs there: it stands in a Group, answers what stands in this one,
    names this one, or comes from its server.
    """
    if post["place"] is not None or v.host(post["uri"]) == v.host(place["uri"]):
        return True
    if post["reply_to"] is not None and posts.get(db, post["reply_to"])["place"] == place["id"]:
        return True
    return any(row["id"] == place["id"] for row in posts.recipients(db, post["id"]))


def named(db: Database, activity: Activity) -> Row | None:
    """The Group that audience, to or cc of an activity or its object name."""
    return _named(db, activity)


def _named(db: Database, activity: Activity) -> Row | None:
    found, outer = activity.embedded, activity.document
    listed = [*v.all_ids(found.get("audience"), 20), *v.all_ids(outer.get("audience"), 20)]
    for source in (found, outer):
        listed += v.all_ids(source.get("to"), 50) + v.all_ids(source.get("cc"), 50)
    own = f"{activity.actor}/followers"  # in nearly every post, and never a Group
    for uri in dict.fromkeys(listed):
        row = _group(db, uri) if uri not in v.PUBLIC_NAMES and uri != own else None
        if row is not None:
            return row
    return None


def _group(db: Database, uri: str) -> Row | None:
    row = actors.by_uri(db, uri) if uri else None
    return row if row is not None and row["type"] == "Group" and not row["gone"] else None


# ── passing on ────────────────────────────────────────────────────────────────


def pass_on(db: Database, activity: Activity, place: Row, post: Row | None, now: int, *,
            also: Row | None = None) -> None:  # fmt: skip
    """Our Group passes on what a peer's member did there, word for word; of a new post its id too.

    What came without an id of its own, or through another Group, is not ours to pass on.
    also: whom it concerns besides followers and the one who acted.
    """
    if place["local"] and activity.id and not activity.through:
        _pass_on(db, place, activity.document, activity.id, activity.type, post, now, also)


def pass_on_own(db: Database, uri: str, place: Row, post: Row | None, now: int, *,
                also: Row | None = None, note: bool = False) -> None:  # fmt: skip
    """Our Group passes on what a member here did there: the letter of this id.

    note: it is about the Note that stands for an event, and goes to those alone who get that.
    """
    letter = letters.by_uri(db, uri)
    if place["local"] and letter is not None:
        _pass_on(db, place, json.loads(letters.body(letter)), uri, letter["type"], post, now, also, note=note)


def _pass_on(db: Database, place: Row, inner: dict[str, Any], inner_id: str, kind: str, post: Row | None,
             now: int, also: Row | None, *, note: bool = False) -> None:  # fmt: skip
    if kind == "Announce" or relayed.known(db, place["id"], inner_id):
        return
    whole, bare = _readers(db, place, inner, also, now)
    if post is not None and kind in ("Create", "Update"):
        whole = companions.apart(db, post, whole, now)[note]
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    announce = {
        "@context": [v.AS2], "id": uri, "type": "Announce", "actor": place["uri"], "object": inner,
        "published": ids.rfc3339(now), "to": [v.PUBLIC], "cc": [place["followers"]],
    }  # fmt: skip
    about = post["uri"] if post is not None else v.one_id(inner.get("object"))
    body = json.dumps(announce, ensure_ascii=False, separators=(",", ":")).encode()
    letters.write(db, uri, place["id"], "Announce", about, body, whole, now, public=True, identifier=number)
    relayed.keep(db, place["id"], number, inner_id, NOTED if note else kind, post["id"] if post is not None else None)
    if kind == "Create" and post is not None and not note:
        # a Create that only names its object (activitypub.bot) tells forum software nothing either: it may ask for the id
        _share(db, place, post, bare | whole if isinstance(inner.get("object"), str) else bare, now)
    logger.info("passed on", place=place["uri"], activity=inner_id, type=kind)


def _share(db: Database, place: Row, post: Row, inboxes: set[tuple[str, str]], now: int) -> None:
    """The post's id goes to microblogs; a topic also stands in the homes of members here, as the Group's boost."""
    number = ids.new(now)
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    if post["kind"] in ("topic", "update", "question", "event") and posts.boost_by(db, place["id"], post["id"]) is None:
        publishing.keep(
            db,
            New(uri=uri, kind="boost", id=number, author=place["id"], local=True, visibility="public", published=now,
                boost_of=post["id"], url=post["url"]),
            now,
        )  # fmt: skip
    whole, given = companions.apart(db, post, inboxes, now)
    _say_share(db, place, post, post["uri"], whole, number, now)
    if given:
        _say_share(db, place, post, companions.uri_of(post), given, ids.new(now), now)


def _say_share(db: Database, place: Row, post: Row, shared: str, inboxes: set[tuple[str, str]], number: int,
               now: int) -> None:  # fmt: skip
    uri = f"{settings.get(db, 'origin')}/activities/{number}"
    cc = [place["followers"], actors.get(db, post["author"])["uri"]]
    speak.say(db, place, "Announce", shared, inboxes, now, to=[v.PUBLIC], cc=cc, uri=uri, identifier=number,
              extra={"published": ids.rfc3339(now)})  # fmt: skip
    relayed.keep(db, place["id"], number, uri, "Announce", post["id"])


def share_again(db: Database, place: Row, post: Row, now: int) -> None:
    """Microblogs see a post that was taken back, and is there again."""
    if place["local"] and post["removed"] is None:
        _share(db, place, post, microblogs(db, place, now), now)


def take_back(db: Database, place: Row, post: Row, now: int) -> None:
    """Microblogs forget what they have of the post from our Group."""
    if not place["local"]:
        return
    for letter, uri in relayed.shares(db, place["id"], post["id"]):
        undone = {"id": uri, "type": "Announce", "actor": place["uri"], "object": post["uri"]}
        speak.say(db, place, "Undo", undone, microblogs(db, place, now), now, to=[v.PUBLIC], cc=[place["followers"]])
        relayed.drop(db, letter)


def microblogs(db: Database, place: Row, now: int) -> set[tuple[str, str]]:
    """(inbox, host) of followers that know the place's posts by their ids alone."""
    return _split(db, audience.inboxes_of_followers(db, place["id"]), now)[1] if place["local"] else set()


def _readers(db: Database, place: Row, inner: dict[str, Any], also: Row | None,
             now: int) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:  # fmt: skip
    """(inboxes that take whole activities, inboxes that take ids) of followers and of the one who acted."""
    inboxes = audience.inboxes_of_followers(db, place["id"])
    for one in (actors.by_uri(db, v.one_id(inner.get("actor"))), also):
        if one is not None:
            inboxes |= audience.inbox_of(db, one, shared=True)
    return _split(db, inboxes, now)


def _split(db: Database, inboxes: set[tuple[str, str]],
           now: int) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:  # fmt: skip
    """(those that take whole activities, those that take ids): a host that is unknown is in both."""
    whole, bare = set(), set()
    for inbox, host in inboxes:
        runs = software.of(db, host, now)
        if runs not in software.MICROBLOGS:
            whole.add((inbox, host))
        if runs not in software.FORUM_SOFTWARE:
            bare.add((inbox, host))
    return whole, bare


def hide(db: Database, post: int, *, shown: bool = False) -> None:
    """Announces that carry the post's words are not to be had at their ids any more; shown: they are again."""
    for letter in relayed.letters_about(db, post):
        letters.show(db, letter, shown)
