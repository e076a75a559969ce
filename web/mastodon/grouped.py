"""Notifications, version 2: the same kind about the same status told once, with all who did it.

Apps that came before Mastodon 4.3 was whole say `v2_alpha`.
"""

from typing import Any

import orjson
from aiohttp import web

from node import ids
from node.errors import NotFound
from node.people import actors
from node.posts import markers, notifications
from node.store import Database, Row
from web.mastodon import entities, shelf, told
from web.mastodon.answers import accounts, done, ends, found
from web.mastodon.notifications import FEW, group_key, report, still_seen, wanted
from web.mastodon.requests import Page, bearer, number, params, reply, several, text
from web.state import BRIDGE

routes = web.RouteTableDef()

GROUPED = ("favourite", "follow", "reblog", "admin.sign_up")
SAMPLE = 8  # accounts shown of a group
PARTIAL = ("id", "acct", "url", "avatar", "avatar_static", "avatar_description", "locked", "bot")
DEEP = 5  # notifications looked at for each group asked for


@routes.get("/api/{version:v2|v2_alpha}/notifications")
async def listed(request: web.Request) -> web.Response:
    """GroupedNotificationsResults."""
    who = await bearer(request, "read:notifications")
    sent = await params(request)
    page = Page(sent, 40, 80)
    kinds = [str(one) for one in several(sent, "grouped_types")] or list(GROUPED)
    limit, origin, brief = page.limit, request.app[BRIDGE].origin, text(sent, "expand_accounts") == "partial_avatars"
    page.limit = limit * DEEP

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = wanted(db, who.actor or 0, sent, page)
        groups = _groups(rows[::-1] if page.oldest else rows, kinds, limit)
        if page.oldest:
            groups = groups[::-1]
        numbers = [row["id"] for group in groups for row in group]
        return results(db, groups, kinds, who.actor, origin, brief), [max(numbers), min(numbers)] if numbers else []

    body, numbers = await told.read(request, who.actor, read)
    return reply(request, body, *ends(numbers))


@routes.get(r"/api/{version:v2|v2_alpha}/notifications/unread_count")
async def unread(request: web.Request) -> web.Response:
    """How many groups came after the marker."""
    who = await bearer(request, "read:notifications")
    sent = await params(request)
    limit = min(number(sent, "limit") or FEW, 1000)
    kinds = [str(one) for one in several(sent, "grouped_types")] or list(GROUPED)

    def read(db: Database) -> dict[str, int]:
        known = markers.of(db, who.actor or 0, ["notifications"])
        page = Page({}, 1000, 1000)
        page.after = known[0]["last"] if known else 0
        return {"count": len(_groups(wanted(db, who.actor or 0, sent, page), kinds, limit))}

    return await found(request, read)


@routes.get(r"/api/{version:v2|v2_alpha}/notifications/{group}")
async def one(request: web.Request) -> web.Response:
    """One group."""
    who = await bearer(request, "read:notifications")
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> bytes:
        rows = _of_group(db, who.actor or 0, request.match_info["group"])
        return results(db, [rows], list(GROUPED), who.actor, origin)

    return reply(request, await request.app[BRIDGE].store.read(read))


@routes.get(r"/api/{version:v2|v2_alpha}/notifications/{group}/accounts")
async def who_did_it(request: web.Request) -> web.Response:
    """Everybody of a group."""
    who = await bearer(request, "write:notifications", "read:notifications")

    def read(db: Database) -> list[Row]:
        return [actors.get(db, row["origin"]) for row in _of_group(db, who.actor or 0, request.match_info["group"])]

    return await accounts(request, read)


@routes.post(r"/api/{version:v2|v2_alpha}/notifications/{group}/dismiss")
async def dismiss(request: web.Request) -> web.Response:
    """All of the group are read."""
    who = await bearer(request, "write:notifications")

    def act(db: Database) -> None:
        for row in _of_group(db, who.actor or 0, request.match_info["group"]):
            notifications.dismiss(db, who.actor or 0, row["id"])

    return await done(request, act)


def _of_group(db: Database, actor: int, key: str) -> list[Row]:
    """The actor's notifications of a group, those whose status may still be seen.  Raises NotFound for none."""
    kind, _, subject = key.partition("-")
    number_ = ids.read(subject)
    if kind == "ungrouped":
        row = notifications.get(db, actor, number_) if number_ is not None else None
        rows = [row] if row is not None else []
    else:
        rows = [row for row in notifications.of(db, actor, kinds=[kind], limit=2000) if group_key(row) == key]
    rows = still_seen(db, actor, rows)
    if not rows:
        raise NotFound("Record not found")
    return rows


def _groups(rows: list[Row], kinds: list[str], limit: int) -> list[list[Row]]:
    """The first `limit` groups of the rows, in their order."""
    made: dict[str, list[Row]] = {}
    for row in rows:
        key = group_key(row) if row["kind"] in kinds else f"ungrouped-{row['id']}"
        if key not in made and len(made) >= limit:
            break
        made.setdefault(key, []).append(row)
    return list(made.values())


def results(db: Database, groups: list[list[Row]], kinds: list[str], viewer: int | None, origin: str,
            brief: bool = False) -> bytes:  # fmt: skip
    """GroupedNotificationsResults of the groups; in brief, only the first account of each is whole."""
    people = list(dict.fromkeys(row["origin"] for group in groups for row in group[: 1 if brief else SAMPLE]))
    others = list(dict.fromkeys(row["origin"] for group in groups for row in group[:SAMPLE]))
    shown = list(dict.fromkeys(group[0]["post"] for group in groups if group[0]["post"] is not None))
    entities_ = [_entity(group, kinds, report(db, group[0], origin)) for group in groups]
    return b"".join((
        b'{"accounts":[', b",".join(shelf.account(db, actors.get(db, one), origin) for one in people),
        b'],"partial_accounts":' + _partial(db, [one for one in others if one not in people], origin) if brief else b"]",
        b',"statuses":', shelf.statuses(db, shown, viewer, origin),
        b',"notification_groups":', orjson.dumps(entities_), b"}",
    ))  # fmt: skip


def _partial(db: Database, people: list[int], origin: str) -> bytes:
    """PartialAccountWithAvatar of each: what a row of small pictures needs."""
    wholes = (entities.account(actors.get(db, one), origin) for one in people)
    return orjson.dumps([{name: whole[name] for name in PARTIAL} for whole in wholes])


def _entity(group: list[Row], kinds: list[str], reported: dict[str, Any] | None) -> dict[str, Any]:
    """NotificationGroup."""
    newest, oldest = max(group, key=lambda row: int(row["id"])), min(group, key=lambda row: int(row["id"]))
    found: dict[str, Any] = {
        "group_key": group_key(newest) if newest["kind"] in kinds else f"ungrouped-{newest['id']}",
        "notifications_count": len(group), "type": newest["kind"], "most_recent_notification_id": str(newest["id"]),
        "page_min_id": str(oldest["id"]), "page_max_id": str(newest["id"]),
        "latest_page_notification_at": entities.time(newest["at"]),
        "sample_account_ids": [str(row["origin"]) for row in group[:SAMPLE]],
    }  # fmt: skip
    found |= {"status_id": str(newest["post"])} if newest["post"] is not None else {}
    return found | ({"report": reported} if reported is not None else {})
