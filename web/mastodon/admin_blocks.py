"""The moderators' side: other servers, addresses on the network, addresses of mail that are kept out or let in.

Five kinds of entry, all listed, shown, begun and ended alike: the table at the end says
what is different about each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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

DAY = 86_400_000
LONGEST = 10 * 365 * 86_400  # seconds that a block may be asked for


@dataclass(frozen=True, slots=True)
class Asked:
    """Who changes something, with what was sent, from which address on the network."""

    who: Bearer
    sent: dict[str, Any]
    remote: str

    def note(self, db: Database, act: str, subject: str, reason: str = "") -> None:
        """The audit says that she did it."""
        audit.note(db, self.who.user, self.who.actor, act, now(), subject, reason)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry; begin, change and end also note in the audit what they did."""

    name: str  # in its addresses and its scopes
    listed: Callable[[Database, int, int, int], list[Row]]  # before, after, how many; the newest first
    one: Callable[[Database, int], Row]  # raises NotFound
    entity: Callable[[Row], dict[str, Any]]
    begin: Callable[[Database, Asked], Row]
    end: Callable[[Database, Asked, Row], None]
    change: Callable[[Database, Asked, Row], Row] | None = None
    shown_at_last: bool = False  # the answer to its end is the entry as it was, not {}


def _serve(kind: Kind) -> None:
    """The routes of one kind."""
    path, read_it, write_it = f"/api/v1/admin/{kind.name}", f"admin:read:{kind.name}", f"admin:write:{kind.name}"
    path_of_one = path + r"/{id:\d+}"

    @routes.get(path)
    async def listed(request: web.Request) -> web.Response:
        await moderator(request, read_it)
        page = Page(await params(request), 100, 200)

        def read(db: Database) -> tuple[list[dict[str, Any]], list[int]]:
            rows = kind.listed(db, page.before, page.after, page.limit)
            return [kind.entity(row) for row in rows], [row["id"] for row in rows]

        made, numbers = await request.app[BRIDGE].store.read(read)
        return answer(request, made, ends=ends(numbers))

    @routes.get(path_of_one)
    async def one(request: web.Request) -> web.Response:
        await moderator(request, read_it)
        return await found(request, lambda db: kind.entity(kind.one(db, path_id(request))))

    @routes.post(path)
    async def begin(request: web.Request) -> web.Response:
        asked = await _asked(request, write_it)
        return await done(request, lambda db: kind.entity(kind.begin(db, asked)))

    if change_one := kind.change:

        @routes.put(path_of_one)
        async def change(request: web.Request) -> web.Response:
            asked = await _asked(request, write_it)
            return await done(request, lambda db: kind.entity(change_one(db, asked, kind.one(db, path_id(request)))))

    @routes.delete(path_of_one)
    async def end(request: web.Request) -> web.Response:
        asked = await _asked(request, write_it)

        def act(db: Database) -> dict[str, Any]:
            row = kind.one(db, path_id(request))
            kind.end(db, asked, row)
            return kind.entity(row) if kind.shown_at_last else {}

        return await done(request, act)


async def _asked(request: web.Request, scope: str) -> Asked:
    who = await moderator(request, scope)
    return Asked(who, await params(request), request.remote or "")


# ── other servers ─────────────────────────────────────────────────────────────


def _begin_block(db: Database, asked: Asked) -> Row:
    severity = text(asked.sent, "severity") or "silence"
    made = decisions.begin(db, text(asked.sent, "domain"), _policy(severity), now(), noop=severity == "noop")
    return _explained(db, asked, made)


def _change_block(db: Database, asked: Asked, row: Row) -> Row:
    severity = text(asked.sent, "severity") or _severity(row)
    decisions.decide(db, row["host"], _policy(severity), now(), noop=severity == "noop")
    return _explained(db, asked, row["id"])


def _explained(db: Database, asked: Asked, identifier: int) -> Row:
    sent = asked.sent
    decisions.explain(
        db, identifier,
        reject_reports=flag(sent, "reject_reports") if "reject_reports" in sent else None,
        obfuscate=flag(sent, "obfuscate") if "obfuscate" in sent else None,
        private=text(sent, "private_comment") if "private_comment" in sent else None,
        public=text(sent, "public_comment") if "public_comment" in sent else None,
    )  # fmt: skip
    row = decisions.get(db, identifier)
    asked.note(db, f"host {row['policy'] or 'no policy'}", row["host"], row["private_comment"])
    return row


def _begin_allow(db: Database, asked: Asked) -> Row:
    row = decisions.get(db, decisions.decide(db, text(asked.sent, "domain"), "allow", now()))
    asked.note(db, "host allow", row["host"])
    return row


def _forget(db: Database, asked: Asked, row: Row) -> None:
    decisions.decide(db, row["host"], "", now())
    asked.note(db, "host no policy", row["host"])


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


def _block(row: Row) -> dict[str, Any]:
    """Admin::DomainBlock.  Media of a server are refused with all else of it, never alone."""
    return _named(row) | {
        "domain": row["host"], "digest": decisions.digest(row["host"]), "severity": _severity(row),
        "reject_media": row["policy"] == "block", "reject_reports": row["policy"] == "block" or bool(row["reject_reports"]),
        "private_comment": row["private_comment"] or None, "public_comment": row["public_comment"] or None,
        "obfuscate": bool(row["obfuscate"]),
    }  # fmt: skip


def _allow(row: Row) -> dict[str, Any]:
    """Admin::DomainAllow."""
    return _named(row) | {"domain": row["host"]}


# ── addresses on the network ──────────────────────────────────────────────────


def _begin_network(db: Database, asked: Asked) -> Row:
    typed, severity = text(asked.sent, "ip"), text(asked.sent, "severity")
    _not_her_own(asked, typed, severity)
    made = gates.block_network(db, typed, severity, text(asked.sent, "comment"), _until(asked.sent), now())
    row = gates.network_block(db, made)
    asked.note(db, "network blocked", row["network"], row["comment"])
    return row


def _change_network(db: Database, asked: Asked, row: Row) -> Row:
    sent = asked.sent
    typed, severity = text(sent, "ip") or row["network"], text(sent, "severity") or row["severity"]
    _not_her_own(asked, typed, severity)
    gates.change_network(
        db, row["id"], typed=typed, severity=severity, comment=text(sent, "comment") if "comment" in sent else None,
        expires=_until(sent), keep_expiry="expires_in" not in sent,
    )  # fmt: skip
    asked.note(db, "network blocked", row["network"])
    return gates.network_block(db, row["id"])


def _free_network(db: Database, asked: Asked, row: Row) -> None:
    gates.free_network(db, row["id"])
    asked.note(db, "network freed", row["network"])


def _not_her_own(asked: Asked, typed: str, severity: str) -> None:
    """Raises Invalid where the moderator would shut herself out, and with her everybody behind her proxy."""
    if severity == "no_access" and gates.holds(gates.read_network(typed), asked.remote):
        raise Invalid("Validation failed: IP is your own")


def _until(sent: dict[str, Any]) -> int | None:
    seconds = number(sent, "expires_in")
    return now() + min(seconds, LONGEST) * 1000 if seconds else None


def _network(row: Row) -> dict[str, Any]:
    """Admin::IpBlock."""
    return _named(row) | {
        "ip": row["network"], "severity": row["severity"], "comment": row["comment"],
        "expires_at": entities.time(row["expires"]) if row["expires"] else None,
    }  # fmt: skip


# ── addresses of mail ─────────────────────────────────────────────────────────


def _begin_mail_host(db: Database, asked: Asked) -> Row:
    row = gates.mail_host_block(db, gates.block_mail_host(db, text(asked.sent, "domain"), now()))
    asked.note(db, "mail host blocked", row["host"])
    return row


def _free_mail_host(db: Database, asked: Asked, row: Row) -> None:
    gates.free_mail_host(db, row["id"])
    asked.note(db, "mail host freed", row["host"])


def _mail_host(row: Row) -> dict[str, Any]:
    """Admin::EmailDomainBlock.  How often it held is not counted: the week is empty."""
    week = [{"day": str((now() // DAY - day) * 86_400), "accounts": "0", "uses": "0"} for day in range(7)]
    return _named(row) | {"domain": row["host"], "history": week}


@routes.post("/api/v1/admin/canonical_email_blocks/test")
async def try_mail(request: web.Request) -> web.Response:
    """The blocks that keep the address `email` out, however it is spelled"""
    await moderator(request, "admin:read:canonical_email_blocks")
    address = text(await params(request), "email")
    return await found(request, lambda db: [_mail(row) for row in gates.mail_blocks_of(db, address)])


def _begin_mail(db: Database, asked: Asked) -> Row:
    made = gates.block_mail(
        db, now(), address=text(asked.sent, "email"), digest=text(asked.sent, "canonical_email_hash")
    )
    row = gates.mail_block(db, made)
    asked.note(db, "mail address blocked", row["digest"])
    return row


def _free_mail(db: Database, asked: Asked, row: Row) -> None:
    gates.free_mail(db, row["id"])
    asked.note(db, "mail address freed", row["digest"])


def _mail(row: Row) -> dict[str, Any]:
    """Admin::CanonicalEmailBlock."""
    return {"id": str(row["id"]), "canonical_email_hash": row["digest"]}


def _named(row: Row) -> dict[str, Any]:
    return {"id": str(row["id"]), "created_at": entities.time(ids.time_of(row["id"]))}


KINDS = (
    Kind(
        "domain_blocks", partial(decisions.listed, allowed=False), partial(_decision, allowed=False), _block,
        _begin_block, _forget, _change_block, shown_at_last=True,
    ),
    Kind(
        "domain_allows", partial(decisions.listed, allowed=True), partial(_decision, allowed=True), _allow,
        _begin_allow, _forget, shown_at_last=True,
    ),
    Kind("ip_blocks", gates.network_blocks, gates.network_block, _network, _begin_network, _free_network, _change_network),
    Kind(
        "email_domain_blocks", gates.mail_host_blocks, gates.mail_host_block, _mail_host, _begin_mail_host, _free_mail_host
    ),
    Kind("canonical_email_blocks", gates.mail_blocks, gates.mail_block, _mail, _begin_mail, _free_mail),
)  # fmt: skip
for _kind in KINDS:
    _serve(_kind)
