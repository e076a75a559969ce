"""The moderators' side: other servers, addresses on the network, addresses of mail that are kept out or let in."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from federation.bridge import now
from node import ids
from node.care import audit, decisions, gates
from node.errors import Invalid, NotFound
from node.people.tokens import Bearer
from node.store import Database, Row
from web.mastodon import entities
from web.mastodon.admin import moderator
from web.mastodon.answers import done, ends, found
from web.mastodon.requests import Page, answer, flag, number, params, path_id, text
from web.state import BRIDGE

routes = web.RouteTableDef()

Rows = Callable[[Database, int, int, int], list[Row]]
Entity = Callable[[Row], dict[str, Any]]
DAY = 86_400_000


async def _list(request: web.Request, scope: str, rows: Rows, entity: Entity) -> web.Response:
    await moderator(request, f"admin:read:{scope}")
    page = Page(await params(request), 100, 200)

    def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
        listed = rows(db, page.before, page.after, page.limit)
        return [entity(row) for row in listed], [row["id"] for row in listed]

    made, numbers = await request.app[BRIDGE].store.read(read)
    return answer(request, made, ends=ends(numbers))


def _note(db: Database, who: Bearer, act: str, subject: str, reason: str = "") -> None:
    audit.note(db, who.user, who.actor, act, now(), subject, reason)


# ── other servers ─────────────────────────────────────────────────────────────


@routes.get("/api/v1/admin/domain_blocks")
async def blocks(request: web.Request) -> web.Response:
    """Servers that are silenced, blocked or only listed"""
    return await _list(
        request, "domain_blocks", lambda db, *page: decisions.listed(db, *page, allowed=False), _block
    )  # fmt: skip


@routes.get(r"/api/v1/admin/domain_blocks/{id:\d+}")
async def block(request: web.Request) -> web.Response:
    """One of them"""
    await moderator(request, "admin:read:domain_blocks")
    return await found(request, lambda db: _block(_decision(db, path_id(request), allowed=False)))


@routes.post("/api/v1/admin/domain_blocks")
async def add_block(request: web.Request) -> web.Response:
    """`domain` is silenced or suspended from now on, or only listed (noop); what is known of it with that"""
    who = await moderator(request, "admin:write:domain_blocks")
    sent = await params(request)
    severity = text(sent, "severity") or "silence"

    def act(db: Database) -> dict[str, Any]:
        made = decisions.begin(db, text(sent, "domain"), _policy(severity), now(), noop=severity == "noop")
        return _explained(db, who, made, sent)

    return await done(request, act)


@routes.put(r"/api/v1/admin/domain_blocks/{id:\d+}")
async def change_block(request: web.Request) -> web.Response:
    """Another severity, other comments"""
    who = await moderator(request, "admin:write:domain_blocks")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        row = _decision(db, path_id(request), allowed=False)
        severity = text(sent, "severity") or _severity(row)
        decisions.decide(db, row["host"], _policy(severity), now(), noop=severity == "noop")
        return _explained(db, who, row["id"], sent)

    return await done(request, act)


@routes.delete(r"/api/v1/admin/domain_blocks/{id:\d+}")
async def end_block(request: web.Request) -> web.Response:
    """Nothing special holds for the server; what was hidden is shown as before"""
    who = await moderator(request, "admin:write:domain_blocks")
    return await _forget(request, who, allowed=False)


@routes.get("/api/v1/admin/domain_allows")
async def allows(request: web.Request) -> web.Response:
    """Servers that we speak with though the network is closed"""
    return await _list(
        request, "domain_allows", lambda db, *page: decisions.listed(db, *page, allowed=True), _allow
    )  # fmt: skip


@routes.get(r"/api/v1/admin/domain_allows/{id:\d+}")
async def allow(request: web.Request) -> web.Response:
    """One of them"""
    await moderator(request, "admin:read:domain_allows")
    return await found(request, lambda db: _allow(_decision(db, path_id(request), allowed=True)))


@routes.post("/api/v1/admin/domain_allows")
async def add_allow(request: web.Request) -> web.Response:
    """We speak with `domain`, also while the network is closed"""
    who = await moderator(request, "admin:write:domain_allows")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        known = db.row("select id from host_decisions where host = ?", (decisions.read_host(db, text(sent, "domain")),))
        made = decisions.decide(db, text(sent, "domain"), "allow", now())
        row = decisions.get(db, known["id"] if known is not None else made)
        _note(db, who, "host allow", row["host"])
        return _allow(row)

    return await done(request, act)


@routes.delete(r"/api/v1/admin/domain_allows/{id:\d+}")
async def end_allow(request: web.Request) -> web.Response:
    """Nothing special holds for the server"""
    who = await moderator(request, "admin:write:domain_allows")
    return await _forget(request, who, allowed=True)


async def _forget(request: web.Request, who: Bearer, *, allowed: bool) -> web.Response:
    def act(db: Database) -> dict[str, Any]:
        row = _decision(db, path_id(request), allowed=allowed)
        decisions.decide(db, row["host"], "", now())
        _note(db, who, "host no policy", row["host"])
        return _allow(row) if allowed else _block(row)

    return await done(request, act)


def _decision(db: Database, identifier: int, *, allowed: bool) -> Row:
    row = decisions.get(db, identifier)
    if (row["policy"] == "allow") != allowed:
        raise NotFound("Record not found")
    return row


def _policy(severity: str) -> str:
    if severity not in decisions.SEVERITIES:
        raise Invalid("Validation failed: Severity is not included in the list")
    return decisions.SEVERITIES[severity]


def _severity(row: Row) -> str:
    return next(name for name, policy in decisions.SEVERITIES.items() if policy == row["policy"])


def _explained(db: Database, who: Bearer, identifier: int, sent: dict[str, Any]) -> dict[str, Any]:
    decisions.explain(
        db, identifier,
        reject_reports=flag(sent, "reject_reports") if "reject_reports" in sent else None,
        obfuscate=flag(sent, "obfuscate") if "obfuscate" in sent else None,
        private=text(sent, "private_comment") if "private_comment" in sent else None,
        public=text(sent, "public_comment") if "public_comment" in sent else None,
    )  # fmt: skip
    row = decisions.get(db, identifier)
    _note(db, who, f"host {row['policy'] or 'no policy'}", row["host"], row["private_comment"])
    return _block(row)


def _block(row: Row) -> dict[str, Any]:
    """Admin::DomainBlock.  Media of a server are refused with all else of it, never alone."""
    return {
        "id": str(row["id"]), "domain": row["host"], "digest": decisions.digest(row["host"]),
        "created_at": entities.time(ids.time_of(row["id"])), "severity": _severity(row),
        "reject_media": row["policy"] == "block", "reject_reports": row["policy"] == "block" or bool(row["reject_reports"]),
        "private_comment": row["private_comment"] or None, "public_comment": row["public_comment"] or None,
        "obfuscate": bool(row["obfuscate"]),
    }  # fmt: skip


def _allow(row: Row) -> dict[str, Any]:
    return {"id": str(row["id"]), "domain": row["host"], "created_at": entities.time(ids.time_of(row["id"]))}


# ── addresses on the network ──────────────────────────────────────────────────


@routes.get("/api/v1/admin/ip_blocks")
async def networks(request: web.Request) -> web.Response:
    """Addresses on the network that get no answer, or may not simply join"""
    return await _list(request, "ip_blocks", gates.network_blocks, _network)


@routes.get(r"/api/v1/admin/ip_blocks/{id:\d+}")
async def network(request: web.Request) -> web.Response:
    """One of them"""
    await moderator(request, "admin:read:ip_blocks")
    return await found(request, lambda db: _network(gates.network_block(db, path_id(request))))


@routes.post("/api/v1/admin/ip_blocks")
async def add_network(request: web.Request) -> web.Response:
    """`ip` (or a network) may not join, joins when a coordinator agrees, or has no access; `expires_in` seconds. Not the moderator's own"""
    who = await moderator(request, "admin:write:ip_blocks")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        severity = text(sent, "severity")
        _not_her_own(request, text(sent, "ip"), severity)
        made = gates.block_network(db, text(sent, "ip"), severity, text(sent, "comment"), _until(sent), now())
        row = gates.network_block(db, made)
        _note(db, who, "network blocked", row["network"], row["comment"])
        return _network(row)

    return await done(request, act)


@routes.put(r"/api/v1/admin/ip_blocks/{id:\d+}")
async def change_network(request: web.Request) -> web.Response:
    """Another network, severity, comment or end"""
    who = await moderator(request, "admin:write:ip_blocks")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        row = gates.network_block(db, path_id(request))
        typed, severity = text(sent, "ip") or row["network"], text(sent, "severity") or row["severity"]
        _not_her_own(request, typed, severity)
        gates.change_network(
            db, row["id"], typed=typed, severity=severity, comment=text(sent, "comment") if "comment" in sent else None,
            expires=_until(sent), keep_expiry="expires_in" not in sent,
        )  # fmt: skip
        _note(db, who, "network blocked", row["network"])
        return _network(gates.network_block(db, row["id"]))

    return await done(request, act)


@routes.delete(r"/api/v1/admin/ip_blocks/{id:\d+}")
async def end_network(request: web.Request) -> web.Response:
    """The address is like any other"""
    who = await moderator(request, "admin:write:ip_blocks")

    def act(db: Database) -> dict[str, Any]:
        row = gates.network_block(db, path_id(request))
        gates.free_network(db, row["id"])
        _note(db, who, "network freed", row["network"])
        return {}

    return await done(request, act)


def _not_her_own(request: web.Request, typed: str, severity: str) -> None:
    """Raises Invalid where the moderator would shut herself out, and with her everybody behind her proxy."""
    if severity == "no_access" and gates.holds(gates.read_network(typed), request.remote or ""):
        raise Invalid("Validation failed: IP is your own")


def _until(sent: dict[str, Any]) -> int | None:
    seconds = number(sent, "expires_in")
    return now() + min(seconds, 10 * 365 * 86_400) * 1000 if seconds else None


def _network(row: Row) -> dict[str, Any]:
    return {
        "id": str(row["id"]), "ip": row["network"], "severity": row["severity"], "comment": row["comment"],
        "created_at": entities.time(ids.time_of(row["id"])),
        "expires_at": entities.time(row["expires"]) if row["expires"] else None,
    }  # fmt: skip


# ── addresses of mail ─────────────────────────────────────────────────────────


@routes.get("/api/v1/admin/email_domain_blocks")
async def mail_hosts(request: web.Request) -> web.Response:
    """Hosts of mail with whose addresses nobody joins"""
    return await _list(request, "email_domain_blocks", gates.mail_host_blocks, _mail_host)


@routes.get(r"/api/v1/admin/email_domain_blocks/{id:\d+}")
async def mail_host(request: web.Request) -> web.Response:
    """One of them"""
    await moderator(request, "admin:read:email_domain_blocks")
    return await found(request, lambda db: _mail_host(gates.mail_host_block(db, path_id(request))))


@routes.post("/api/v1/admin/email_domain_blocks")
async def add_mail_host(request: web.Request) -> web.Response:
    """Nobody joins with an address at `domain`, or below it"""
    who = await moderator(request, "admin:write:email_domain_blocks")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        row = gates.mail_host_block(db, gates.block_mail_host(db, text(sent, "domain"), now()))
        _note(db, who, "mail host blocked", row["host"])
        return _mail_host(row)

    return await done(request, act)


@routes.delete(r"/api/v1/admin/email_domain_blocks/{id:\d+}")
async def end_mail_host(request: web.Request) -> web.Response:
    """People may join with its addresses again"""
    who = await moderator(request, "admin:write:email_domain_blocks")

    def act(db: Database) -> dict[str, Any]:
        row = gates.mail_host_block(db, path_id(request))
        gates.free_mail_host(db, row["id"])
        _note(db, who, "mail host freed", row["host"])
        return {}

    return await done(request, act)


def _mail_host(row: Row) -> dict[str, Any]:
    """Admin::EmailDomainBlock.  How often it held is not counted: the week is empty."""
    week = [{"day": str((now() // DAY - day) * 86_400), "accounts": "0", "uses": "0"} for day in range(7)]
    return {
        "id": str(row["id"]), "domain": row["host"], "created_at": entities.time(ids.time_of(row["id"])), "history": week,
    }  # fmt: skip


@routes.get("/api/v1/admin/canonical_email_blocks")
async def mails(request: web.Request) -> web.Response:
    """Digests of addresses with which nobody joins"""
    return await _list(request, "canonical_email_blocks", gates.mail_blocks, _mail)


@routes.post("/api/v1/admin/canonical_email_blocks/test")
async def try_mail(request: web.Request) -> web.Response:
    """The blocks that keep the address `email` out, however it is spelled"""
    await moderator(request, "admin:read:canonical_email_blocks")
    address = text(await params(request), "email")
    return await found(request, lambda db: [_mail(row) for row in gates.mail_blocks_of(db, address)])


@routes.get(r"/api/v1/admin/canonical_email_blocks/{id:\d+}")
async def mail(request: web.Request) -> web.Response:
    """One of them"""
    await moderator(request, "admin:read:canonical_email_blocks")
    return await found(request, lambda db: _mail(gates.mail_block(db, path_id(request))))


@routes.post("/api/v1/admin/canonical_email_blocks")
async def add_mail(request: web.Request) -> web.Response:
    """Nobody joins with the address `email`, or the one with this `canonical_email_hash`"""
    who = await moderator(request, "admin:write:canonical_email_blocks")
    sent = await params(request)

    def act(db: Database) -> dict[str, Any]:
        made = gates.block_mail(db, now(), address=text(sent, "email"), digest=text(sent, "canonical_email_hash"))
        row = gates.mail_block(db, made)
        _note(db, who, "mail address blocked", row["digest"])
        return _mail(row)

    return await done(request, act)


@routes.delete(r"/api/v1/admin/canonical_email_blocks/{id:\d+}")
async def end_mail(request: web.Request) -> web.Response:
    """One may join with it again"""
    who = await moderator(request, "admin:write:canonical_email_blocks")

    def act(db: Database) -> dict[str, Any]:
        row = gates.mail_block(db, path_id(request))
        gates.free_mail(db, row["id"])
        _note(db, who, "mail address freed", row["digest"])
        return {}

    return await done(request, act)


def _mail(row: Row) -> dict[str, Any]:
    return {"id": str(row["id"]), "canonical_email_hash": row["digest"]}
