"""What every kind of object has: who, when, to whom, in which words; read tolerantly, cleaned once."""

import re
from typing import Any

from federation import actors as documents
from federation import emojis as pictured
from federation import policies
from federation import vocabulary as v
from federation.activity import Activity
from federation.kinds import attaching
from node import emojis, html, ids, settings
from node.errors import Invalid
from node.people import whose
from node.posts import markdown, posts
from node.posts.posts import New
from node.store import Database, Row
from node.text import one_line

MOST_TAGS = 100
MOST_NAMED = 500  # addressees that are looked up
LONGEST_TITLE = 300
AUDIENCE = ("to", "cc", "bto", "bcc")
QUOTE_REL = frozenset(("https://misskey-hub.net/ns#_misskey_quote", "https://w3id.org/fep/044f#quote"))
_SUBTAG = {2: str.upper, 4: str.title}  # regions, scripts
_HASHTAG = re.compile(r"[\w\u200c\u0300-\u036f\u064b-\u0652\u00b7]{1,100}\Z")


def base(db: Database, activity: Activity, author: Row, kind: str, now: int) -> New:
    """The parts that all kinds share; its title is `name`, its warning `summary`.

    Raises Invalid when the id is none of its author's host.
    """
    found = activity.embedded
    development = settings.get(db, "development")
    uri = v.check_uri(found.get("id"), development, fragment=True)
    if v.host(uri) != v.host(author["uri"]):
        raise Invalid("This has an id of another server.", uri=uri)
    published = min(ids.read_rfc3339(found.get("published")) or now, now)
    updated = ids.read_rfc3339(found.get("updated"))
    content, contents, language = words(found)
    reply_uri = v.one_id(found.get("inReplyTo"))[:2048]
    parent = posts.by_uri(db, reply_uri) if reply_uri else None
    url = v.link(found.get("url"))
    new = New(
        uri=uri, kind=kind, author=author["id"], visibility=visibility(found, activity.document, author),
        published=max(published, 0), reply_to=parent["id"] if parent is not None else None, reply_to_uri=reply_uri,
        title=one_line(html.plain(html.clean(name_of(found))), LONGEST_TITLE),
        content=content, contents=contents, language=language,
        warning=one_line(html.plain(html.clean(summary_of(found))), 500),
        sensitive=_sensitive(found), url=url if v.host(url) == v.host(uri) else uri,
        edited=min(updated, now) if updated and updated > published else None,
        details=documents.inner(found).get("document", {}), tags=hashtags(found), media=attaching.attachments(found),
    )  # fmt: skip
    new.addressed = addressed(db, found, activity.document, new.visibility)
    new.emojis = _emojis(db, new, found)
    quoted = quote_of(found)
    if quoted:
        new.details["quote"] = quoted[:2048]
        if "quote" not in found:
            new.details["asksNobody"] = True  # its server knows of no leave to quote
        if isinstance(found.get("quoteAuthorization"), str):
            new.details["quoteAuthorization"] = found["quoteAuthorization"][:2048]
    policy = found.get("interactionPolicy")
    if isinstance(policy, dict) and isinstance(policy.get("canQuote"), dict):
        allowed = policy["canQuote"]
        new.details["canQuote"] = [
            one for key in ("automaticApproval", "manualApproval", "always", "withApproval")
            for one in v.all_ids(allowed.get(key), 10)
        ]  # fmt: skip
        asks = [one for key in ("manualApproval", "withApproval") for one in v.all_ids(allowed.get(key), 10)]
        if asks:
            new.details["asksFirst"] = asks
    told = _told(found)
    if told:
        new.details[posts.TOLD] = told
    lets = policies.restricted(found)
    if lets:
        new.details[policies.LETS] = lets
    if isinstance(found.get("context"), str):
        new.details["context"] = found["context"][:2048]
    return new


def _emojis(db: Database, new: New, found: dict[str, Any]) -> dict[str, int]:
    """The custom emoji of its words, those of a poll among them."""
    told = pictured.told(found)
    if not told:
        return {}
    options = [one for key in ("oneOf", "anyOf") for one in v.as_list(found.get(key))[:20] if isinstance(one, dict)]
    words = [new.title, new.warning, new.content, *new.contents.values(), *(name_of(one) for one in options)]
    return emojis.keep(db, v.host(new.uri), told, "\n".join(words))


def _sensitive(found: dict[str, Any]) -> bool:
    """Whether it, or a picture of it (Misskey, Pixelfed), shall be shown only to who wants to see it."""
    shown = [one for one in v.as_list(found.get("attachment"))[:32] if isinstance(one, dict)]
    return any(one.get("sensitive", one.get("as:sensitive")) is True for one in (found, *shown))


def name_of(found: dict[str, Any]) -> str:
    """`name`, else the first of `nameMap`."""
    return _in_one_language(found, "name")


def summary_of(found: dict[str, Any]) -> str:
    """`summary`, else the first of `summaryMap`."""
    return _in_one_language(found, "summary")


def _in_one_language(found: dict[str, Any], key: str) -> str:
    text = v.words_of(found.get(key))
    if text is not None:
        return text
    mapped = found.get(f"{key}Map")
    return next((one for one in mapped.values() if isinstance(one, str)), "") if isinstance(mapped, dict) else ""


def quote_of(found: dict[str, Any]) -> str:
    """The id of what the post quotes, in each spelling that is about, a Link in `tag` (FEP-e232) last; '' for none."""
    for key in ("quote", "quoteUri", "_misskey_quote", "quoteUrl"):
        if v.one_id(found.get(key)):
            return v.one_id(found[key])
    for one in v.as_list(found.get("tag"))[:MOST_TAGS]:
        if isinstance(one, dict) and v.type_of(one) == "Link" and QUOTE_REL & set(v.all_ids(one.get("rel"), 5)):
            return one["href"] if isinstance(one.get("href"), str) else ""
    return ""


def words(found: dict[str, Any]) -> tuple[str, dict[str, str], str]:
    """(content, contents by language, main language), cleaned."""
    content = v.words_of(found.get("content"))
    mapped = found.get("contentMap")
    pairs = [(k, t) for k, t in mapped.items() if isinstance(t, str)][:20] if isinstance(mapped, dict) else []
    language = ""
    named = found.get("language")
    if isinstance(named, dict) and isinstance(named.get("identifier"), str):
        language = named["identifier"]
    if pairs:
        language = next((tag for tag, text in pairs if text == content), language or pairs[0][0])
        if content is None:
            language, content = pairs[0]
    if content is None and isinstance(found.get("source"), dict):
        source = found["source"].get("content")
        content = html.escape(source) if isinstance(source, str) else None
    if found.get("mediaType") == "text/markdown" and content:
        content = markdown.as_html(content)
    elif found.get("mediaType") == "text/plain" and content:
        content = html.escape(content).replace("\n", "<br>")
    contents = {_tag(tag): html.clean(html.pictures_named(text)) for tag, text in pairs} if len(pairs) > 1 else {}
    return html.clean(html.pictures_named(content)), contents, "" if language == "und" else _tag(language)


def _tag(language: str) -> str:
    """A tag of BCP 47 as it is written (`EN` and `pt-br` are `en` and `pt-BR`); '' for what is none."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", language):
        return ""
    first, *rest = language.split("-")
    return "-".join([first.lower(), *(_SUBTAG.get(len(one), str)(one) for one in rest)])


def visibility(found: dict[str, Any], outer: dict[str, Any], author: Row) -> str:
    """public, unlisted, followers or direct, from what the object says about whom it is for, else the activity."""
    source = found if any(found.get(key) for key in AUDIENCE) else outer  # Pubby's objects have both lists, and empty
    if not any(source.get(key) for key in AUDIENCE) and v.one_id(found.get("audience")):
        return "public"  # Discourse's topics, as they are served: addressed by their place alone
    to, cc = set(v.all_ids(source.get("to"))), set(v.all_ids(source.get("cc")))
    if to & v.PUBLIC_NAMES:
        return "public"
    if cc & v.PUBLIC_NAMES:
        return "unlisted"
    if author["followers"] and author["followers"] in to | cc:
        return "followers"
    return "direct"


def addressed(db: Database, found: dict[str, Any], outer: dict[str, Any], visible: str) -> dict[int, bool]:
    """Known actors that are named: our own, and whoever a Mention names and the addressing too.

    The flag says mentioned: a Mention of somebody addressed, or a direct post.  activitypub.bot's
    Mentions name the page of whom they mean, as her WebFinger gives it.
    """
    named: set[str] = set()
    for source in (found, outer):
        for key in (*AUDIENCE, "audience"):
            if source.get(key):
                named.update(v.all_ids(source[key], MOST_NAMED))
    mentioned = {
        one["href"]
        for one in v.as_list(found.get("tag"))[:MOST_TAGS]
        if isinstance(one, dict) and v.type_of(one) == "Mention" and isinstance(one.get("href"), str)
    }
    origin = settings.get(db, "origin")
    close = [uri for uri in list(named)[:MOST_NAMED] if uri in mentioned or uri.startswith(origin)]
    if not close:
        return {}
    return {
        row["id"]: row["uri"] in mentioned or (bool(row["local"]) and (visible == "direct" or row["url"] in mentioned))
        for row in whose.uris(db, close)
        if row["local"] or row["uri"] in mentioned
    }


def hashtags(found: dict[str, Any]) -> list[str]:
    """Hashtags without #, as written, those of the `tag` list."""
    names = []
    for one in v.as_list(found.get("tag"))[:MOST_TAGS]:
        if isinstance(one, dict) and v.type_of(one) == "Hashtag" and isinstance(one.get("name"), str):
            name = one["name"].strip().lstrip("#")
            if _HASHTAG.match(name):
                names.append(name)
    return names


def poll(found: dict[str, Any], now: int) -> dict[str, Any] | None:
    """The poll of a Question: options with votes, multiple, closes, closed, voters."""
    multiple = bool(v.as_list(found.get("anyOf")))  # Pleroma and Akkoma send both lists, one of them empty
    listed = found.get("anyOf") if multiple else found.get("oneOf")
    options = [
        (one_line(one["name"], 500), _votes(one))
        for one in v.as_list(listed)[:20]
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]
    if not options:
        return None
    closed = found.get("closed")
    closed_at = ids.read_rfc3339(closed) or (now if closed is True else None)
    voters = found.get("votersCount")
    ends = ids.read_rfc3339(found.get("endTime"))
    if closed_at is not None and closed_at > now:  # it will be closed then: Pleroma's word for the end
        ends, closed_at = ends or closed_at, None
    return {
        "options": options,
        "multiple": multiple,
        "closes": ends,
        "closed": closed_at,
        "voters": voters if isinstance(voters, int) and 0 <= voters < 2**53 else sum(votes for _, votes in options),
    }


def _votes(option: dict[str, Any]) -> int:
    replies = option.get("replies")
    votes = replies.get("totalItems") if isinstance(replies, dict) else option.get("_misskey_votes")
    return votes if isinstance(votes, int) and 0 <= votes < 2**53 else 0


def _told(found: dict[str, Any]) -> dict[str, int]:
    """How many like the post and pass it on, as its own server has counted them (Mastodon)."""
    told = {}
    for name, key in (("likes", "likes"), ("boosts", "shares")):
        listed = found.get(key)
        count = listed.get("totalItems") if isinstance(listed, dict) else None
        if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 2**31:
            told[name] = count
    return told
