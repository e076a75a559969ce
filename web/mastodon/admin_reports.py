"""The moderators' side: reports, who looks into them, what became of them."""

import json
from collections.abc import Callable

import orjson
from aiohttp import web

from federation.bridge import now
from node import settings
from node.care import audit, reports
from node.people import actors
from node.people.tokens import Bearer
from node.posts import visibility
from node.store import Database, Row
from web.mastodon import entities, instance, shelf
from web.mastodon.admin import entity, moderator, must_be
from web.mastodon.answers import ends
from web.mastodon.requests import Page, flag, ids, number, params, path_id, reply, text
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/admin/reports")
async def listed(request: web.Request) -> web.Response:
    """Reports, the newest first: open ones, or `resolved`; by `account_id`, about `target_account_id`, `by_target_domain`"""
    await moderator(request, "admin:read:reports")
    sent, origin = await params(request), request.app[BRIDGE].origin
    page = Page(sent, 100, 200)

    def read(db: Database) -> tuple[bytes, list[int]]:
        rows = reports.listed(
            db, page.before, page.after, page.limit, resolved=flag(sent, "resolved"), reporter=number(sent, "account_id"),
            target=number(sent, "target_account_id"), host=text(sent, "by_target_domain"),
        )  # fmt: skip
        return b"[" + b",".join(report_entity(db, row, origin) for row in rows) + b"]", [row["id"] for row in rows]

    body, numbers = await request.app[BRIDGE].store.read(read)
    return reply(request, body, *ends(numbers))


@routes.get(r"/api/v1/admin/reports/{id:\d+}")
async def one(request: web.Request) -> web.Response:
    """One report"""
    await moderator(request, "admin:read:reports")
    origin = request.app[BRIDGE].origin
    body = await request.app[BRIDGE].store.read(
        lambda db: report_entity(db, must_be(reports.get(db, path_id(request))), origin)
    )
    return reply(request, body)


@routes.put(r"/api/v1/admin/reports/{id:\d+}")
async def sort(request: web.Request) -> web.Response:
    """It is about another `category`, or other `rule_ids[]`"""
    who = await moderator(request, "admin:write:reports")
    sent = await params(request)
    category = text(sent, "category") or None
    rules = ids(sent, "rule_ids") if "rule_ids" in sent else None
    return await _change(request, who, "sorted", lambda db, row: reports.sort(db, row["id"], category, rules, now()))


@routes.post(r"/api/v1/admin/reports/{id:\d+}/{verb:assign_to_self|unassign|resolve|reopen}")
async def act_on(request: web.Request) -> web.Response:
    """One looks into it or not; it is settled, or waits again"""
    who = await moderator(request, "admin:write:reports")
    user = who.user or 0
    verbs: dict[str, tuple[str, Callable[[Database, Row], object]]] = {
        "assign_to_self": ("assigned", lambda db, row: reports.assign(db, row["id"], user, now())),
        "unassign": ("unassigned", lambda db, row: reports.assign(db, row["id"], None, now())),
        "resolve": ("settled", lambda db, row: reports.settle(db, row["id"], user, now())),
        "reopen": ("reopened", lambda db, row: reports.reopen(db, row["id"], now())),
    }
    return await _change(request, who, *verbs[request.match_info["verb"]])


async def _change(request: web.Request, who: Bearer, word: str, act: Callable[[Database, Row], object]) -> web.Response:
    origin = request.app[BRIDGE].origin

    def write(db: Database) -> bytes:
        row = must_be(reports.get(db, path_id(request)))
        act(db, row)
        audit.note(db, who.user, who.actor, f"report {word}", now(), str(row["id"]))
        return report_entity(db, must_be(reports.get(db, row["id"])), origin)

    return reply(request, await request.app[BRIDGE].store.write(write))


def report_entity(db: Database, row: Row, origin: str) -> bytes:
    """Admin::Report.  Of the statuses those that everybody may see."""
    shown = [one for one in reports.posts_of(row) if visibility.see(db, one, None) is not None]

    def by(user: int | None) -> object:
        found = db.row("select actors.* from users join actors on actors.id = users.actor where users.id = ?", (user,))
        return entity(db, found, origin) if found is not None else None

    wanted = {str(number_) for number_ in json.loads(row["rules"])}
    rules = [one for one in instance.rules(settings.everything(db)) if one["id"] in wanted] if wanted else []
    found_ = {
        "id": str(row["id"]), "action_taken": row["handled"] is not None,
        "action_taken_at": entities.time(row["handled"]) if row["handled"] else None, "category": row["category"],
        "comment": row["comment"], "forwarded": bool(row["forward"]), "created_at": entities.time(row["at"]),
        "updated_at": entities.time(max(row["handled"] or 0, row["updated"] or 0, row["at"])),
        "account": entity(db, actors.get(db, row["reporter"]), origin),
        "target_account": entity(db, actors.get(db, row["target"]), origin), "assigned_account": by(row["assigned"]),
        "action_taken_by_account": by(row["handler"]), "rules": rules,
    }  # fmt: skip
    return orjson.dumps(found_)[:-1] + b',"statuses":' + shelf.statuses(db, shown, None, origin) + b"}"
