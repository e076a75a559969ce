"""The moderators' side: numbers, and what is read most."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from federation.bridge import now
from node.care import audit, numbers
from node.errors import Invalid
from node.posts import interests, trends
from node.store import Database
from web.mastodon import entities, tags
from web.mastodon.admin import moderator
from web.mastodon.answers import done, found, statuses
from web.mastodon.requests import Page, number, params, path_id, several, text
from web.state import BRIDGE
from web.wellknown import VERSION

routes = web.RouteTableDef()

DAY = 86_400_000
MOST_KEYS = 20


@routes.post("/api/v1/admin/measures")
async def measures(request: web.Request) -> web.Response:
    """How many a day between `start_at` and `end_at`, for each of `keys[]` that we can count; the others are left out"""
    await moderator(request, "admin:read")
    sent = await params(request)
    since, until = _between(sent)

    def read(db: Database) -> list[dict[str, Any]]:
        made = []
        for key in _keys(sent):
            if key in numbers.MEASURES:
                total, before, days = numbers.measure(db, key, since, until, _subject(sent, key))
                made.append({
                    "key": key, "unit": None, "total": str(total), "human_value": str(total), "previous_total": str(before),
                    "data": [{"date": entities.time(day), "value": str(count)} for day, count in days],
                })  # fmt: skip
        return made

    return await found(request, read)


@routes.post("/api/v1/admin/dimensions")
async def dimensions(request: web.Request) -> web.Response:
    """What the time between was made of, the largest part first, for each of `keys[]` that we can count"""
    await moderator(request, "admin:read")
    sent = await params(request)
    since, until = _between(sent)
    limit = min(number(sent, "limit") or 10, 100)

    def read(db: Database) -> list[dict[str, Any]]:
        made = []
        for key in _keys(sent):
            if key == "space_usage":
                parts = [{"key": name, "human_key": name, "value": str(size), "unit": "bytes",
                          "human_value": f"{size / 1_000_000:.1f} MB"} for name, size in numbers.space(db)]  # fmt: skip
            elif key == "software_versions":
                parts = [{"key": name, "human_key": name, "value": value, "human_value": value}
                         for name, value in [("tashbik", VERSION), *numbers.versions(db)]]  # fmt: skip
            elif key in numbers.DIMENSIONS:
                parts = [{"key": name or request.host, "human_key": name or request.host, "value": str(count)}
                         for name, count in numbers.dimension(db, key, since, until + 1, limit, _subject(sent, key))]  # fmt: skip
            else:
                continue
            made.append({"key": key, "data": parts})
        return made

    return await found(request, read)


@routes.post("/api/v1/admin/retention")
async def retention(request: web.Request) -> web.Response:
    """Of those who came in each day or month (`frequency`), how many were here then or later"""
    await moderator(request, "admin:read")
    sent = await params(request)
    since, until = _between(sent)
    frequency = text(sent, "frequency") or "day"
    if frequency not in ("day", "month"):
        raise Invalid("Validation failed: Frequency is not included in the list")

    def read(db: Database) -> list[dict[str, Any]]:
        return [
            {"period": entities.time(begin), "frequency": frequency, "data": [
                {"date": entities.time(at), "rate": here / size if size else 0.0, "value": str(here)}
                for at, size, here in later
            ]}
            for begin, later in numbers.retention(db, since, until, monthly=frequency == "month")
        ]  # fmt: skip

    return await found(request, read)


def _keys(sent: dict[str, Any]) -> list[str]:
    return [str(one) for one in several(sent, "keys")][:MOST_KEYS]


def _between(sent: dict[str, Any]) -> tuple[int, int]:
    """(since, until) in ms: the last thirty days where nothing is said.  Raises Invalid."""
    until = _moment(text(sent, "end_at"), now())
    since = _moment(text(sent, "start_at"), until - 30 * DAY)
    if since > until:
        raise Invalid("Validation failed: Start at must come before end at")
    return since, max(since, min(until, now()))  # nothing is known of what is to come


def _moment(written: str, otherwise: int) -> int:
    if not written:
        return otherwise
    try:
        read = datetime.fromisoformat(written)
        at = int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid("Validation failed: This is no date") from error
    return max(at, 0)


def _subject(sent: dict[str, Any], key: str) -> object:
    """The server or the hashtag that some numbers are about: `instance_accounts[domain]`, `tag_uses[id]`."""
    about = sent.get(key)
    if not isinstance(about, dict):
        return None
    if key.startswith("tag_"):
        return number(about, "id")
    return text(about, "domain").lower()


# ── what is read most ─────────────────────────────────────────────────────────


@routes.get("/api/v1/admin/trends/statuses")
async def read_most(request: web.Request) -> web.Response:
    """Public posts of the last week that most people liked and passed on, those that were rejected too"""
    who = await moderator(request, "admin:read")
    sent = await params(request)
    page, offset = Page(sent), number(sent, "offset") or 0
    return await statuses(
        request, who.actor, lambda db: trends.posts(db, who.actor, now(), page.limit, offset, refused=True)
    )  # fmt: skip


@routes.get("/api/v1/admin/trends/tags")
async def rising(request: web.Request) -> web.Response:
    """Hashtags that several people used this week, those that were rejected too"""
    who = await moderator(request, "admin:read")
    sent = await params(request)
    page, offset, origin = Page(sent, 10, 20), number(sent, "offset") or 0, request.app[BRIDGE].origin

    def read(db: Database) -> list[dict[str, Any]]:
        rows = interests.rising(db, now(), page.limit, offset, refused=True)
        return [
            tags.entity(db, row, who.actor, origin)
            | {"trendable": not trends.is_refused(db, "tag", row["id"]), "usable": True, "requires_review": False}
            for row in rows
        ]

    return await found(request, read)


@routes.post(r"/api/v1/admin/trends/{kind:statuses|tags}/{id:\d+}/{verb:approve|reject}")
async def judge(request: web.Request) -> web.Response:
    """It is shown among what is read most, or is not"""
    who = await moderator(request, "admin:write")
    kind = "post" if request.match_info["kind"] == "statuses" else "tag"
    refused = request.match_info["verb"] == "reject"

    def act(db: Database) -> dict[str, Any]:
        trends.judge(db, kind, path_id(request), now(), refused=refused)
        audit.note(
            db, who.user, who.actor, f"trend {'rejected' if refused else 'approved'}", now(), str(path_id(request))
        )
        return {}

    return await done(request, act)
