"""One's own profile: name, words, pictures, fields, preferences; others hear of each change."""

import asyncio
import json
from typing import Any

import orjson
from aiohttp import web

from federation import actors as documents
from federation import associations as association_acts
from federation import outbox
from federation.bridge import now
from node import html, settings
from node.errors import Invalid
from node.network import associations
from node.people import actors
from node.posts import compose, files, media, permits
from node.store import Database, Row
from node.text import many_lines, one_line
from web import uploads as door
from web.mastodon import accounts, entities
from web.mastodon.answers import found
from web.mastodon.media import LARGEST, read_file
from web.mastodon.requests import answer, bearer, flag, params, several, text
from web.state import BRIDGE

routes = web.RouteTableDef()

# Choices of one's profile that are yes or no.
CHOICES = ("bot", "hide_collections", "show_media", "show_media_replies", "show_featured")
LONGEST_DESCRIPTION, MOST_DOMAINS = 1500, 50
LONGEST_NOTE, LONGEST_NAME, LONGEST_FIELD, MOST_FIELDS = 2000, 100, 255, 6
PICTURES = {"avatar": "icon", "header": "image"}


@routes.patch("/api/v1/accounts/update_credentials")
@routes.put("/api/v1/accounts/update_credentials")
async def update(request: web.Request) -> web.Response:
    """Change what was sent; CredentialAccount."""
    who = await bearer(request, "write:accounts")
    await _change(request, who.actor or 0)
    bridge = request.app[BRIDGE]
    return answer(request, await bridge.store.read(accounts.credentials, who.actor or 0, who.user, bridge.origin))


@routes.get("/api/v1/profile")
async def profile(request: web.Request) -> web.Response:
    """Profile, as one edits it."""
    who = await bearer(request, "profile", "read:accounts", "read:me")
    origin = request.app[BRIDGE].origin
    return await found(request, lambda db: _profile(actors.get(db, who.actor or 0), origin))


@routes.patch("/api/v1/profile")
@routes.put("/api/v1/profile")
async def update_profile(request: web.Request) -> web.Response:
    """The same as update_credentials, answered with the Profile."""
    who = await bearer(request, "write:accounts")
    await _change(request, who.actor or 0)
    origin = request.app[BRIDGE].origin
    return await found(request, lambda db: _profile(actors.get(db, who.actor or 0), origin))


@routes.delete("/api/v1/profile/{which:avatar|header}")
async def remove_picture(request: web.Request) -> web.Response:
    """No picture of one's own."""
    who = await bearer(request, "write:accounts")
    bridge = request.app[BRIDGE]
    column = PICTURES[request.match_info["which"]]
    old = await bridge.store.write(_put, who.actor or 0, {column: ""})
    await _forget(request, [old[column]])
    return answer(request, await bridge.store.read(accounts.credentials, who.actor or 0, who.user, bridge.origin))


@routes.get("/api/v1/preferences")
async def preferences(request: web.Request) -> web.Response:
    """How one posts and reads."""
    who = await bearer(request, "read:accounts")

    def read(db: Database) -> dict[str, Any]:
        row = actors.get(db, who.actor or 0)
        chosen = json.loads(row["details"]).get("posting", {})
        return {
            "posting:default:visibility": entities.VISIBILITY[chosen.get("visibility", "public")],
            "posting:default:sensitive": bool(chosen.get("sensitive", False)),
            "posting:default:language": chosen.get("language") or row["language"] or None,
            "posting:default:quote_policy": chosen.get("quotes", "public"),
            "reading:expand:media": "default", "reading:expand:spoilers": False, "reading:autoplay:gifs": False,
        }  # fmt: skip

    return await found(request, read)


async def _change(request: web.Request, actor: int) -> None:
    """The profile has what was sent, pictures among it.  Raises Invalid, TooLarge."""
    sent = await params(request, LARGEST)
    bridge = request.app[BRIDGE]
    values = _plain_values(sent)
    for name, column in PICTURES.items():
        data = read_file(sent, name)
        if data:
            values[column] = await door.portrait(bridge, data, square=name == "avatar")
    old = await bridge.store.write(_put, actor, values, sent)
    await _forget(request, [old[column] for column in PICTURES.values() if column in values])


def _plain_values(sent: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "display_name" in sent:
        if len(text(sent, "display_name")) > LONGEST_NAME:
            raise Invalid(f"Validation failed: Display name is too long (maximum is {LONGEST_NAME} characters)")
        values["display"] = one_line(text(sent, "display_name"), LONGEST_NAME)
    for name, column in (("locked", "approves"), ("discoverable", "discoverable"), ("indexable", "indexable")):
        if name in sent:
            values[column] = int(flag(sent, name))
    if "note" in sent and len(text(sent, "note")) > LONGEST_NOTE:
        raise Invalid(f"Validation failed: Note is too long (maximum is {LONGEST_NOTE} characters)")
    return values


def _put(db: Database, actor: int, values: dict[str, Any], sent: dict[str, Any] | None = None) -> Row:
    """The actor as it was; from now on it is as sent, and followers elsewhere hear, if others read anything new."""
    row = actors.get(db, actor)
    details = json.loads(row["details"])
    sent = sent or {}
    if "note" in sent:
        details["note"] = many_lines(text(sent, "note"), LONGEST_NOTE)
        values["summary"] = _written(db, details["note"])
    if "fields_attributes" in sent or "fields" in sent:
        details["fields"] = _fields(sent)
        values["fields"] = [[name, _written(db, value, line=True), None] for name, value in details["fields"]]
    details["shown"] = details.get("shown", {}) | _shown(sent)
    source = sent.get("source")
    if isinstance(source, dict):
        details["posting"] = details.get("posting", {}) | _posting(source)
    values["details"] = details
    if row["type"] == "Organization":
        _in_its_language(db, row, values)
    if actors.says(row, values):
        return row
    before = documents.render(db, row)
    actors.change(db, actor, now(), **values)
    if associations.exists(db, actor):
        associations.list_one(db, actor, now())
        association_acts.wear(db, actor, row["icon"], now())
    changed = actors.get(db, actor)
    document = documents.render(db, changed)
    if document | {"updated": ""} != before | {"updated": ""}:
        outbox.update_actor(db, changed, document, now())
    return row


def _in_its_language(db: Database, row: Row, values: dict[str, Any]) -> None:
    """What an app says of an association is said in its main language; the others stay, and so do the lines of its facts."""
    tag = row["language"] or "ar"
    for one, all_ in (("display", "displays"), ("summary", "summaries")):
        if one in values and (values[one] or one == "summary"):
            kept = {**json.loads(row[all_]), tag: values[one]}
            values[all_] = {language: said for language, said in kept.items() if said}
    facts = associations.find(db, row["id"])
    if values.get("fields") == [] and facts is not None:
        values["fields"] = associations.lines(facts)


def _written(db: Database, words: str, *, line: bool = False) -> str:
    """What a member typed about herself as HTML: links and mentions, nothing else."""
    origin = settings.get(db, "origin")

    def find(name: str, host: str) -> Row | None:
        return actors.by_handle(db, name, "" if host == origin.partition("://")[2] else host)

    made = compose.compose(words, find, lambda tag: f"{origin}/tags/{tag}").html
    return html.clean(made.removeprefix("<p>").removesuffix("</p>") if line else made)


def _fields(sent: dict[str, Any]) -> list[list[str]]:
    """[name, value] of each line that says something.  Raises Invalid for a long one, or one too many."""
    made = []
    for one in several(sent, "fields_attributes") or several(sent, "fields"):
        if isinstance(one, dict) and (text(one, "name").strip() or text(one, "value").strip()):
            name, value = one_line(text(one, "name"), 2000), one_line(text(one, "value"), 2000)
            if len(name) > LONGEST_FIELD or len(value) > LONGEST_FIELD:
                raise Invalid(f"Validation failed: Fields name or value is too long (maximum is {LONGEST_FIELD})")
            made.append([name, value])
    if len(made) > MOST_FIELDS:
        raise Invalid(f"Validation failed: Fields cannot be more than {MOST_FIELDS}")
    return made


def _shown(sent: dict[str, Any]) -> dict[str, Any]:
    """What was chosen about how the profile looks.  Raises Invalid for words that are too long."""
    chosen: dict[str, Any] = {name: flag(sent, name) for name in CHOICES if name in sent}
    for name in ("avatar_description", "header_description"):
        if name in sent:
            if len(text(sent, name)) > LONGEST_DESCRIPTION:
                words = name.replace("_", " ").capitalize()
                raise Invalid(f"Validation failed: {words} is too long (maximum is {LONGEST_DESCRIPTION} characters)")
            chosen[name] = many_lines(text(sent, name), LONGEST_DESCRIPTION)
    if "attribution_domains" in sent:
        named = [str(one).strip().lower() for one in several(sent, "attribution_domains")]
        chosen["attribution_domains"] = list(dict.fromkeys(one for one in named if one))[:MOST_DOMAINS]
        if any(len(one) > 253 or "." not in one or "/" in one or " " in one for one in chosen["attribution_domains"]):
            raise Invalid("Validation failed: Attribution domains is invalid")
    return chosen


def _posting(source: dict[str, Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    if "privacy" in source:
        if text(source, "privacy") not in entities.FROM_VISIBILITY:
            raise Invalid("Validation failed: Privacy is not included in the list")
        chosen["visibility"] = entities.FROM_VISIBILITY[text(source, "privacy")]
    if "sensitive" in source:
        chosen["sensitive"] = flag(source, "sensitive")
    if "language" in source:
        chosen["language"] = text(source, "language")[:35]
    if "quote_policy" in source:
        if text(source, "quote_policy") not in permits.POLICIES:
            raise Invalid("Validation failed: Quote policy is not included in the list")
        chosen["quotes"] = text(source, "quote_policy")
    return chosen


async def _forget(request: web.Request, addresses: list[str]) -> None:
    """Pictures that are shown no more are removed."""
    bridge = request.app[BRIDGE]
    shown = await bridge.store.read(media.files, bridge.origin)
    names = [name for address in addresses if address for name in door.name_of(bridge, address) if name not in shown]
    await asyncio.to_thread(files.remove, door.folder_of(bridge), names)


def _profile(row: Row, origin: str) -> dict[str, Any]:
    """Profile."""
    details = json.loads(row["details"])
    account: dict[str, Any] = orjson.loads(orjson.dumps(entities.account(row, origin)))
    copied = ("id", "avatar_description", "header_description", "locked", "bot", "hide_collections",
              "discoverable", "indexable", "show_media", "show_media_replies", "show_featured")  # fmt: skip
    return {name: account[name] for name in copied} | {
        "display_name": row["display"], "note": details.get("note", ""),
        "fields": entities.typed_fields(row),
        "avatar": account["avatar"] if row["icon"] else None, "avatar_static": account["avatar"] if row["icon"] else None,
        "header": account["header"] if row["image"] else None, "header_static": account["header"] if row["image"] else None,
        "attribution_domains": entities.shown(row)["attribution_domains"],
    }  # fmt: skip
