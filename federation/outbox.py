"""What members here do becomes known, here at once and elsewhere soon: one write, letters in the same transaction."""

from dataclasses import dataclass, field
from typing import Any

from federation import attendance, audience, companions, groups, policies, quoting, speak
from federation import vocabulary as v
from federation.handlers import follow
from federation.kinds import companion, table
from node import emojis, ids, letters, queue, settings
from node.errors import Forbidden, Invalid, NotFound, TooLarge
from node.network import events, forums, organisers
from node.people import actors, blocks, follows, memberships
from node.posts import media, polls, posts, publishing, tombstones, visibility
from node.posts.compose import Composed, compose
from node.posts.posts import New
from node.store import Database, Row
from node.text import one_line

VISIBILITIES = ("public", "unlisted", "followers", "direct")
LONGEST_TITLE = 200
MOST_MEDIA = 4
KEYS_KEPT = 8 * 86_400_000  # milliseconds: longer than any letter is tried


@dataclass(slots=True)
class Draft:
    """What a member means to say.  text is as typed; the rest are ids of things here."""

    text: str = ""
    kind: str = "note"
    title: str = ""
    visibility: str = "public"
    language: str = ""
    warning: str = ""
    sensitive: bool = False
    reply_to: int | None = None
    place: int | None = None
    on_behalf: int | None = None
    user: int | None = None
    application: int | None = None  # the app that wrote it
    media: list[int] = field(default_factory=list)
    poll: dict[str, Any] | None = None
    details: dict[str, Any] = field(default_factory=dict)
    quote: int | None = None
    mention: list[int] = field(default_factory=list)  # actors addressed besides those the text names


def publish(db: Database, author: Row, draft: Draft, now: int) -> Row:
    """The post, seen here at once, with a letter for each inbox elsewhere that it goes to.

    Raises Invalid for an empty or impossible draft, TooLarge for a long one, NotFound and
    Forbidden for what it may not answer.
    """
    if draft.on_behalf is not None and draft.user is not None:
        memberships.must_speak(db, draft.user, draft.on_behalf)
    parent = _parent(db, author, draft)
    quoted = quoting.quotable(db, author, draft.quote) if draft.quote is not None else None
    composed = _compose(db, draft)
    place = _place(db, author, draft, composed, parent, now)
    new = _new(db, author, draft, composed, parent, place, now)
    post = publishing.keep(db, new, now)
    assert post is not None
    groups.enter(db, post, now)
    media.attach(db, author["id"], post["id"], draft.media)
    if quoted is not None:
        quoting.begin(db, author, post, quoted, now)
    post = _write_document(db, post)
    if draft.poll:
        polls.await_end(db, post["id"])
    announce_created(db, author, post, now)
    _announce_event(db, post, now)
    if quoted is not None:
        quoting.ask(db, author, post, table.document(db, post), now)
    attendance.hear(db, post, now)
    return post


def _announce_event(db: Database, post: Row, now: int) -> None:
    """The node itself passes a public event on: Mobilizon shows only what an actor it follows announced."""
    if post["kind"] == "event" and post["visibility"] == "public":
        system = actors.get(db, actors.system(db))
        followers = audience.inboxes_of_followers(db, system["id"])
        whole, given = companions.apart(db, post, followers, now)
        for uri, inboxes in ((post["uri"], whole), (companions.uri_of(post), given)):
            if inboxes or uri == post["uri"]:
                speak.say(db, system, "Announce", uri, inboxes, now, to=[v.PUBLIC], cc=[system["followers"]],
                          extra={"published": ids.rfc3339(now)})  # fmt: skip


def _passed_on_to(db: Database, post: Row) -> set[tuple[str, str]]:
    """Inboxes of those who had the event from its association or from the node: they hear when it is called off."""
    if post["kind"] != "event" or post["visibility"] != "public":
        return set()
    found = audience.inboxes_of_followers(db, actors.get(db, actors.system(db))["id"])
    for one in organisers.named(db, post["id"]):
        found |= audience.inboxes_of_followers(db, one["id"]) | audience.inbox_of(db, one, shared=True)
    return found | (audience.inboxes_of_followers(db, post["on_behalf"]) if post["on_behalf"] is not None else set())


def announce_created(db: Database, author: Row, post: Row, now: int) -> None:
    """The Create is written, and put into every inbox that the post goes to."""
    _say_about(db, author, post, "Create", f"{post['uri']}/activity", now, published=post["published"])


def edit(db: Database, post: Row, draft: Draft, now: int) -> Row:
    """The post says what the draft says; everyone who had it hears, unless it said so before.  Its place and audience stay."""
    author = actors.get(db, post["author"])
    draft.visibility, draft.reply_to, draft.place = post["visibility"], post["reply_to"], post["place"]
    draft.kind, draft.details = post["kind"], {**posts.details(post), **draft.details}
    composed = _compose(db, draft)
    place = actors.get(db, post["place"]) if post["place"] is not None else None
    if place is not None and groups.is_banned(db, place, author, now):
        raise Forbidden(groups.BANNED)
    new = _new(db, author, draft, composed, None, place, now)
    if _is_same(db, post, draft, new):
        return post
    new.reply_to, new.edited, new.url = (
        post["reply_to"],
        max(now, (post["edited"] or post["published"]) + 1),
        post["url"],
    )
    publishing.edit(db, post, new, now)
    media.attach(db, author["id"], post["id"], draft.media)
    changed = _write_document(db, posts.get(db, post["id"]))
    _say_about(db, author, changed, "Update", f"{post['uri']}#updates/{now}", now)
    attendance.heard_again(db, post, changed, now)
    return changed


def _is_same(db: Database, post: Row, draft: Draft, new: New) -> bool:
    """Whether nobody would read anything new, descriptions of pictures included: those stand in the document alone."""
    said = (new.title, new.content, new.source, new.warning, int(new.sensitive), new.language)
    if said != tuple(post[name] for name in ("title", "content", "source", "warning", "sensitive", "language")):
        return False
    if (
        draft.poll
        or new.details != posts.details(post)
        or draft.media != [row["id"] for row in media.of(db, post["id"])]
    ):
        return False
    return posts.document(post) == v.dump(table.document(db, post))


def tell_again(db: Database, post: Row, now: int) -> None:
    """Everyone who has the post hears how it stands now: the counts of its poll, who comes, its stamp."""
    changed = _write_document(db, post)
    uri = f"{post['uri']}#updates/{ids.new(now)}"
    _say_about(db, actors.get(db, post["author"]), changed, "Update", uri, now, note=False)


def rewrite(db: Database, post: Row) -> None:
    """Our post is served as it stands now; nobody is told."""
    _write_document(db, post)


def delete(db: Database, post: Row, now: int) -> None:
    """Our post is gone here; everyone who had it, who answered and who passed it on, is told to forget it."""
    author = actors.get(db, post["author"])
    addressing = audience.of_post(db, post)
    others = posts.authors_around(db, post["id"])
    inboxes = audience.inboxes_of_post(db, post, also=others + events.elsewhere(db, post["id"]))
    inboxes |= _passed_on_to(db, post)
    inboxes |= audience.still_open(db, letters.went_to(db, f"{post['uri']}/activity"))
    if post["place"] is not None:
        inboxes |= groups.microblogs(db, actors.get(db, post["place"]), now)
    given = _had_note(db, post, inboxes, now)
    groups.leave(db, post, now)
    attendance.forget(db, post, now)
    publishing.remove(db, post, now)
    uri = speak.say(db, author, "Delete", {"id": post["uri"], "type": "Tombstone"}, inboxes, now,
                    to=addressing.to, cc=addressing.cc, uri=f"{post['uri']}#delete", extra=_audience(db, post))  # fmt: skip
    if post["place"] is not None:
        groups.pass_on_own(db, uri, actors.get(db, post["place"]), None, now)
    if given:
        stone = {"id": companions.uri_of(post), "type": "Tombstone"}
        speak.say(db, author, "Delete", stone, given, now, to=addressing.to, cc=addressing.cc,
                  uri=f"{companions.uri_of(post)}#delete", extra=_audience(db, post))  # fmt: skip


def delete_actor(db: Database, actor: Row, now: int) -> None:
    """Our actor and all it said are gone for good; every server that we know is told.

    Its keys sign the letters for as long as they are tried, then they are destroyed.
    """
    inboxes = audience.everywhere(db)
    stone = {"id": actor["uri"], "type": "Tombstone", "formerType": actor["type"], "deleted": ids.rfc3339(now)}
    gone: str | dict[str, str] = actor["uri"] if actor["type"] == "Person" else stone
    words = {} if actor["type"] == "Group" else {"removeData": True}  # Lemmy keeps what she wrote otherwise
    speak.say(db, actor, "Delete", gone, inboxes, now, to=[v.PUBLIC], cc=[actor["followers"]],
              uri=f"{actor['uri']}#delete", extra=words)  # fmt: skip
    attendance.forget_actor(db, actor["id"], now)
    publishing.forget_author(db, actor["id"], now)
    follows.forget(db, actor["id"])
    tombstones.lay(db, actor["uri"], actor["type"], now)
    actors.forget(db, actor["id"], now)
    queue.enqueue(db, "destroy keys", {"actor": actor["id"]}, now + KEYS_KEPT, name=f"destroy keys {actor['id']}")


def update_actor(db: Database, actor: Row, document: dict[str, Any], now: int) -> None:
    """Followers elsewhere hear what our actor's document says now."""
    speak.say(db, actor, "Update", document, audience.inboxes_of_followers(db, actor["id"]), now,
              to=[v.PUBLIC], cc=[actor["followers"]])  # fmt: skip


def _parent(db: Database, author: Row, draft: Draft) -> Row | None:
    if draft.reply_to is None:
        return None
    parent = visibility.see(db, draft.reply_to, author["id"])
    if parent is None or parent["boost_of"] is not None:
        raise NotFound("The post that you answer is not there any more.")
    if blocks.between(db, author["id"], parent["author"]):
        raise Forbidden("This action is not allowed")
    if posts.closed(db, parent["id"]):
        raise Forbidden("This topic is closed to replies.")
    policies.check(db, author, parent, policies.REPLY)
    return parent


def _compose(db: Database, draft: Draft) -> Composed:
    if draft.visibility not in VISIBILITIES or draft.kind not in table.KINDS:
        raise Invalid("This post cannot be read.")
    if not draft.text.strip() and not draft.media and not draft.title.strip():
        raise Invalid("Validation failed: Text can't be blank")
    longest = settings.get(db, "post_length")
    if len(draft.text) + len(draft.warning) > longest:
        raise TooLarge("A post has at most {count} characters.", count=longest)
    if len(draft.media) > MOST_MEDIA:
        raise Invalid("Validation failed: Cannot attach more than {count} files", count=MOST_MEDIA)
    origin = settings.get(db, "origin")
    host = origin.partition("://")[2]

    def find(name: str, at: str) -> Row | None:
        found = actors.by_handle(db, name, "" if at == host else at)
        return found if found is not None and not found["gone"] and found["type"] != "Application" else None

    return compose(draft.text, find, lambda tag: f"{origin}/tags/{tag}")


def _new(db: Database, author: Row, draft: Draft, composed: Composed, parent: Row | None, place: Row | None,
         now: int) -> New:  # fmt: skip
    origin = settings.get(db, "origin")
    number = ids.new(now)
    path = table.KINDS[draft.kind].path
    new = New(
        uri=f"{origin}/posts/{number}", kind=draft.kind, id=number, author=author["id"], user=draft.user,
        application=draft.application,
        on_behalf=draft.on_behalf, local=True, visibility=draft.visibility, published=now,
        title=one_line(draft.title, LONGEST_TITLE), content=composed.html, source=draft.text,
        warning=one_line(draft.warning, 500), sensitive=draft.sensitive or bool(draft.warning),
        language=draft.language, url=f"{origin}/{path}/{number}" if path else f"{origin}/@{author['name']}/{number}",
        details=draft.details, tags=composed.tags, poll=draft.poll,
        place=place["id"] if place is not None else None,
        addressed={row["id"]: True for row in composed.mentioned},
    )  # fmt: skip
    options = [title for title, _ in draft.poll["options"]] if draft.poll else []
    new.emojis = emojis.ours(db, "\n".join((new.title, new.warning, draft.text, *options)))
    new.addressed |= dict.fromkeys(draft.mention, True)
    new.addressed.pop(author["id"], None)
    if parent is not None:
        new.reply_to, new.reply_to_uri = parent["id"], parent["uri"]
    if new.place is not None:
        new.addressed[new.place] = new.addressed.get(new.place, False)
    return new


def _place(db: Database, author: Row, draft: Draft, composed: Composed, parent: Row | None, now: int) -> Row | None:
    """The forum or project where it will stand: chosen, that of what it answers, or the forum that it mentions.

    What begins a thread in a forum becomes a topic, public, with a title.  Raises Forbidden when
    the author may not write there.
    """
    if parent is not None:
        identifier = parent["place"] if draft.visibility in ("public", "unlisted") else None
    else:
        identifier = draft.place or _mentioned_forum(draft, composed)
    if identifier is None:
        return None
    place = actors.get(db, identifier)
    groups.must_admit(db, place, author, parent, now)
    if draft.place is not None and not place["local"] and not follows.followed_here(db, place["id"]):
        follow.ask(db, author, place, now)  # what nobody here is a member of is never passed on to us
    if parent is None and forums.is_forum(place) and draft.kind in ("note", "page", "topic"):
        draft.kind, draft.visibility = "topic", "public"
        draft.title = draft.title.strip() or groups.title_of(draft.warning, composed.html, place)
        forum = forums.get(db, place["id"])
        if forum is not None and forum.shape != "Page":
            draft.details = {**draft.details, "shape": forum.shape}
    return place


def _mentioned_forum(draft: Draft, composed: Composed) -> int | None:
    if draft.visibility not in ("public", "unlisted") or draft.kind != "note":
        return None
    return next((int(row["id"]) for row in composed.mentioned if forums.is_forum(row)), None)


def _audience(db: Database, post: Row) -> dict[str, Any]:
    return {} if post["place"] is None else {"audience": actors.get(db, post["place"])["uri"]}


def _write_document(db: Database, post: Row) -> Row:
    posts.change(db, post["id"], document=v.dump(table.document(db, post)))
    return posts.get(db, post["id"])


def _say_about(
    db: Database,
    author: Row,
    post: Row,
    kind: str,
    uri: str,
    now: int,
    *,
    published: int | None = None,
    note: bool = True,
) -> None:
    """The Create or Update is written and on its way; note: of an event also that of the Note that stands for it."""
    addressing = audience.of_post(db, post)
    parent = [] if post["reply_to"] is None else [actors.get(db, posts.get(db, post["reply_to"])["author"])]
    also = parent if post["visibility"] in ("public", "unlisted") else []
    if post["kind"] == "event":
        also = also + events.elsewhere(db, post["id"])
    extra = _audience(db, post)
    if published is not None:
        extra["published"] = ids.precise(published)
    document = table.document(db, post)
    alone = audience.one_at_a_time(db, post) if post["visibility"] == "direct" else []
    inboxes = audience.inboxes_of_post(db, post, also=also, without=alone)
    if kind == "Update":
        inboxes |= _passed_on_to(db, post)
    if kind == "Update" and post["place"] is not None and post["visibility"] in ("public", "unlisted"):
        inboxes |= groups.microblogs(db, actors.get(db, post["place"]), now)
    inboxes, given = companions.apart(db, post, inboxes, now)
    speak.say(db, author, kind, document, inboxes, now, to=addressing.to, cc=addressing.cc, uri=uri, extra=extra)
    for whom in alone:
        single = document | {"to": [whom["uri"]], "cc": []}
        speak.say(db, author, kind, single, audience.inbox_of(db, whom), now, to=[whom["uri"]],
                  uri=f"{uri}/{whom['id']}", extra=extra)  # fmt: skip
    if post["place"] is not None and post["visibility"] in ("public", "unlisted"):
        groups.pass_on_own(db, uri, actors.get(db, post["place"]), post, now)
    if note and companions.has_one(post):
        _say_note(db, author, post, kind, given, now, addressing, extra)


def _say_note(
    db: Database, author: Row, post: Row, kind: str, inboxes: set[tuple[str, str]], now: int,
    addressing: audience.Addressing, extra: dict[str, Any],
) -> None:  # fmt: skip
    """The same of the Note that stands for our event, to those who read no events."""
    uri = companions.create_of(post) if kind == "Create" else f"{companions.uri_of(post)}#updates/{ids.new(now)}"
    speak.say(db, author, kind, companion.document(db, post), inboxes, now, to=addressing.to, cc=addressing.cc, uri=uri,
              extra=extra)  # fmt: skip
    if post["place"] is not None:
        groups.pass_on_own(db, uri, actors.get(db, post["place"]), post, now, note=True)


def _had_note(db: Database, post: Row, inboxes: set[tuple[str, str]], now: int) -> set[tuple[str, str]]:
    """Inboxes of those who know our event by its Note."""
    if not companions.has_one(post):
        return set()
    if post["place"] is not None:
        inboxes = inboxes | audience.inboxes_of_followers(db, post["place"])
    return companions.apart(db, post, inboxes, now)[1] | audience.still_open(
        db, letters.went_to(db, companions.create_of(post))
    )
