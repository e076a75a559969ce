"""OAuth 2 for apps: log-in by the code flow, consent as oneself or as an association, tokens, their end.

Source: RFC 6749, 7009, 7636, 8414, 9700; docs.joinmastodon.org/methods/oauth.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

import orjson
from aiohttp import web

from federation import push
from federation.bridge import now
from node.errors import Invalid, Unproven
from node.people import actors, applications, codes, memberships, sessions, tokens, users
from node.people.applications import OUT_OF_BAND
from node.store import Database, Row
from node.text import mark
from web import guard, rendering
from web.mastodon import entities
from web.mastodon.requests import answer, anyone, bearer, params, text
from web.state import BRIDGE, LIMITS

routes = web.RouteTableDef()

MOST_APPS = 60  # registered by one address in an hour
GRANTS = ("authorization_code", "client_credentials")
# What a member reads about each scope; the rest of a scope's name says how much of it.
WORDS = {
    "read": mark("Read what you can read here, your messages and lists too"),
    "write": mark("Write, react, follow and change things in your name"),
    "follow": mark("Change whom you follow, mute or block"),
    "push": mark("Send notifications to your device"),
    "profile": mark("See your name and picture"),
    "admin:read": mark("Read what administrators can read"),
    "admin:write": mark("Administer this node in your name"),
}


class Refused(Exception):
    """An OAuth error: its code, its sentence, its HTTP status."""

    def __init__(self, code: str, sentence: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.sentence, self.status = code, sentence, status


UNKNOWN_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included, "
    "or unsupported authentication method."
)
BAD_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)


# ── the page ──────────────────────────────────────────────────────────────────


@routes.get("/oauth/authorize")
async def authorize(request: web.Request) -> web.StreamResponse:
    """The consent page; a visitor logs in first.  What is wrong with the request is said here or to the app."""
    asked = await _asked(request, dict(request.query))
    problem = _problem(asked)
    if problem is not None:
        return _back(asked, problem)
    member = await guard.must_be_member(request)
    choices = await request.app[BRIDGE].store.read(users.actors_of, member.user)
    response = await rendering.page(
        request, "oauth_authorize.html", "authorize", application=asked.application, choices=choices,
        chosen=member.actor, scopes=[(one, scope_words(one)) for one in asked.scopes], sent=asked.fields,
        proof=guard.token(request), shown_redirect=_shown(asked.redirect),
    )  # fmt: skip
    return _for_apps(response, asked.redirect)


@routes.post("/oauth/authorize")
async def decide(request: web.Request) -> web.StreamResponse:
    """The member said yes or no: back to the app, or to the page that shows the code."""
    member = await guard.must_be_member(request)
    sent = await guard.form(request)
    asked = await _asked(request, {key: str(value) for key, value in sent.items()})
    if guard.text(sent, "decision") == "other":
        await _leave(request, member, asked)
    problem = _problem(asked)
    if problem is None and guard.text(sent, "decision") != "allow":
        problem = ("access_denied", "The resource owner or authorization server denied the request.")
    if problem is not None:
        return _back(asked, problem)
    actor = guard.number(sent.get("actor")) or member.person
    code = await request.app[BRIDGE].store.write(_grant, asked, member.user, actor)
    if asked.redirect == OUT_OF_BAND:
        raise web.HTTPSeeOther(f"/oauth/authorize/native?{urlencode({'code': code})}")
    return _redirect(asked, {"code": code})


@routes.get("/oauth/authorize/native")
async def native(request: web.Request) -> web.StreamResponse:
    """The code, to be copied into an app that cannot be called back."""
    await guard.must_be_member(request)
    code = request.query.get("code", "")[:100]
    return _for_apps(await rendering.page(request, "oauth_code.html", "authorize", code=code), OUT_OF_BAND)


class _Asked:
    """A request for a code, its application and redirect known to be right."""

    def __init__(self, application: Row, redirect: str, fields: dict[str, str]) -> None:
        self.application, self.redirect, self.fields = application, redirect, fields
        self.scopes: list[str] = []


FIELDS = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


async def _asked(request: web.Request, sent: dict[str, str]) -> _Asked:
    """Raises Invalid before any redirect, where application or address are not known."""
    application = await request.app[BRIDGE].store.read(applications.by_client, sent.get("client_id", ""))
    if application is None:
        raise Invalid(mark("This app is not known here. Let it register again."))
    redirect = sent.get("redirect_uri", "")
    if not applications.leads_back(application, redirect):
        raise Invalid(mark("The app wants you to be sent to an address that it did not register."))
    return _Asked(application, redirect, {name: sent[name] for name in FIELDS if name in sent})


async def _leave(request: web.Request, member: sessions.Member, asked: _Asked) -> None:
    """She logs out, and comes back to the same question as somebody else."""
    await request.app[BRIDGE].store.write(sessions.end, member.user, member.session)
    response = web.HTTPSeeOther("/oauth/authorize?" + urlencode(asked.fields))
    guard.let_out(request, response)
    raise response


def _problem(asked: _Asked) -> tuple[str, str] | None:
    """(code, sentence) for the app; else the scopes are read."""
    fields = asked.fields
    if fields.get("response_type") != "code":
        return "unsupported_response_type", "The authorization server does not support this response type."
    try:
        codes.check_challenge(fields.get("code_challenge", ""), fields.get("code_challenge_method", ""))
    except Invalid as error:
        return "invalid_request", str(error)
    registered = asked.application["scopes"].split()
    try:
        asked.scopes = tokens.read_scopes(fields.get("scope") or "read")
    except Invalid as error:
        return "invalid_scope", str(error)
    if not tokens.hold(registered, asked.scopes):
        return "invalid_scope", "The requested scope is invalid, unknown, or malformed."
    return None


def _grant(db: Database, asked: _Asked, user: int, actor: int) -> str:
    """A code for what she may give: nobody gives administration who does not have it."""
    memberships.must_speak(db, user, actor)
    if users.get(db, user)["role"] not in tokens.MODERATING:
        asked.scopes = [one for one in asked.scopes if not one.startswith("admin:")]
    applications.used(db, asked.application["id"], now())
    return codes.create(
        db, asked.application["id"], user, actor, asked.redirect, asked.scopes,
        asked.fields.get("code_challenge", ""), now(),
    )  # fmt: skip


def _back(asked: _Asked, problem: tuple[str, str]) -> web.StreamResponse:
    if asked.redirect == OUT_OF_BAND:
        raise Invalid(problem[1])
    return _redirect(asked, {"error": problem[0], "error_description": problem[1]})


def _redirect(asked: _Asked, values: dict[str, str]) -> web.StreamResponse:
    """To the registered address, its own query kept.  Written by hand: the browser must not re-read it."""
    if "state" in asked.fields:
        values["state"] = asked.fields["state"]
    joint = "&" if "?" in asked.redirect else "?"
    return _for_apps(
        web.Response(status=302, headers={"Location": asked.redirect + joint + urlencode(values)}), asked.redirect
    )


def _for_apps(response: web.Response, redirect: str) -> web.Response:
    """No opener policy, which would cut the app off from its own window; the form may lead back to the app."""
    response.headers.pop("Cross-Origin-Opener-Policy", None)
    response.headers["Cache-Control"] = "no-store"
    # Nothing leaks to the app; with `no-referrer` a browser would send the form itself with `Origin: null`.
    response.headers["Referrer-Policy"] = "same-origin"
    policy = response.headers.get("Content-Security-Policy", "")
    if policy and redirect != OUT_OF_BAND:
        response.headers["Content-Security-Policy"] = policy.replace(
            "form-action 'self'", f"form-action 'self' {_source(redirect)}"
        )
    return response


def _source(redirect: str) -> str:
    """The redirect as a source of CSP: origin on the web, the scheme of an app."""
    parts = urlsplit(redirect)
    if parts.scheme in ("http", "https") and parts.hostname:
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    return f"{parts.scheme}:"


def _shown(redirect: str) -> str:
    """Where the member goes back to: a host of the web, or the scheme by which her device knows the app."""
    parts = urlsplit(redirect)
    return (
        "" if redirect == OUT_OF_BAND else (parts.hostname if parts.scheme in ("http", "https") else "") or parts.scheme
    )


def scope_words(scope: str) -> str:
    """What the scope allows, as a sentence (a message id); a scope without a sentence stands as it is."""
    top = scope if scope in WORDS else scope.rpartition(":")[0]
    return WORDS.get(top, scope)


# ── for apps ──────────────────────────────────────────────────────────────────


@routes.post("/oauth/token")
async def token(request: web.Request) -> web.Response:
    """Token for a code, or for the app itself."""
    try:
        sent = await params(request)
        application = await _client(request, sent)
        grant = text(sent, "grant_type")
        if grant == "authorization_code":
            return _no_store(await _for_code(request, sent, application))
        if grant == "client_credentials":
            return _no_store(await _for_itself(request, sent, application))
        raise Refused(
            "unsupported_grant_type", "The authorization grant type is not supported by the authorization server."
        )
    except Refused as error:
        return _error(error)


async def _for_code(request: web.Request, sent: dict[str, Any], application: Row) -> dict[str, Any]:
    found = await request.app[BRIDGE].store.write(
        codes.exchange, text(sent, "code"), application["id"], text(sent, "redirect_uri"), text(sent, "code_verifier"),
        now(),
    )  # fmt: skip
    if found is None:
        raise Refused("invalid_grant", BAD_GRANT)
    return entities.token(*found, now())


async def _for_itself(request: web.Request, sent: dict[str, Any], application: Row) -> dict[str, Any]:
    try:
        wanted = tokens.read_scopes(text(sent, "scope") or "read")
    except Invalid as error:
        raise Refused("invalid_scope", str(error)) from error
    wanted = [one for one in wanted if not one.startswith("admin:")]
    if not wanted or not tokens.hold(application["scopes"].split(), wanted):
        raise Refused("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    secret = await request.app[BRIDGE].store.write(_make_app_token, application["id"], wanted)
    return entities.token(secret, " ".join(wanted), now())


def _make_app_token(db: Database, application: int, scopes: list[str]) -> str:
    applications.used(db, application, now())
    return tokens.create(db, None, None, scopes, now(), application)


@routes.post("/oauth/revoke")
async def revoke(request: web.Request) -> web.Response:
    """The token opens nothing any more; an unknown one is no error (RFC 7009)."""
    try:
        sent = await params(request)
        application = await _client(request, sent)
        if not await request.app[BRIDGE].store.write(_revoke, application["id"], text(sent, "token")):
            raise Refused("unauthorized_client", "You are not authorized to revoke this token", 403)
    except Refused as error:
        return _error(error)
    return _no_store({})


def _revoke(db: Database, application: int, secret: str) -> bool:
    known = tokens.owner(db, secret)
    if known is not None and known["application"] != application:
        return False
    tokens.revoke(db, secret)
    return True


async def _client(request: web.Request, sent: dict[str, Any]) -> Row:
    """The application that asks, by its secret in the body or by Basic.  Raises Refused."""
    client, secret = text(sent, "client_id"), text(sent, "client_secret")
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            name, _, word = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError) as error:
            raise Refused("invalid_client", UNKNOWN_CLIENT, 401) from error
        client, secret = unquote_plus(name), unquote_plus(word)
    found = await request.app[BRIDGE].store.read(applications.prove, client, secret)
    if found is None:
        raise Refused("invalid_client", UNKNOWN_CLIENT, 401)
    return found


@routes.get("/oauth/userinfo")
@routes.post("/oauth/userinfo")
async def userinfo(request: web.Request) -> web.Response:
    """Who the token's actor is, in the words of OpenID Connect."""
    who = await bearer(request, "profile", "read:accounts", "read:me")
    bridge = request.app[BRIDGE]
    actor = await bridge.store.read(actors.get, who.actor or 0)
    shown = entities.account(actor, bridge.origin)
    return answer(request, {
        "iss": f"{bridge.origin}/", "sub": actor["uri"], "name": shown["display_name"],
        "preferred_username": actor["name"], "profile": actor["url"], "picture": shown["avatar"],
    })  # fmt: skip


@routes.get("/.well-known/oauth-authorization-server")
async def metadata(request: web.Request) -> web.Response:
    """RFC 8414: what this server can do, PKCE by S256 alone."""
    origin = request.app[BRIDGE].origin
    return answer(request, {
        "issuer": f"{origin}/",
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "userinfo_endpoint": f"{origin}/oauth/userinfo",
        "app_registration_endpoint": f"{origin}/api/v1/apps",
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": sorted(tokens.SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    })  # fmt: skip


# ── applications ──────────────────────────────────────────────────────────────


@routes.post("/api/v1/apps")
async def register(request: web.Request) -> web.Response:
    """An application introduces itself; CredentialApplication."""
    sent = await params(request)
    wait = request.app[LIMITS].take("apps", request.remote, MOST_APPS, 3600)
    if wait:
        raise web.HTTPTooManyRequests(headers={"Retry-After": str(wait)})
    listed = sent.get("redirect_uris")
    redirects = [str(one) for one in listed] if isinstance(listed, list) else str(listed or "").split()
    row, secret = await request.app[BRIDGE].store.write(
        applications.register, text(sent, "client_name"), redirects, _scope_words(sent), text(sent, "website"), now()
    )
    return answer(request, entities.application(row, push.server_key(request.app[BRIDGE])) | {
        "client_id": row["client"], "client_secret": secret, "client_secret_expires_at": 0,
    })  # fmt: skip


def _scope_words(sent: dict[str, Any]) -> str:
    found = sent.get("scopes")
    return " ".join(str(one) for one in found) if isinstance(found, list) else str(found or "")


@routes.get("/api/v1/apps/verify_credentials")
async def verify(request: web.Request) -> web.Response:
    """The application behind a token, hers or its own."""
    who = await anyone(request)
    if who is None:
        raise Unproven("The access token is invalid")
    if who.application is None:
        return answer(request, _by_hand(who.scopes, push.server_key(request.app[BRIDGE])))
    row = await request.app[BRIDGE].store.read(applications.get, who.application)
    return answer(request, entities.application(row, push.server_key(request.app[BRIDGE])))


def _by_hand(scopes: frozenset[str], vapid: str) -> dict[str, Any]:
    """Application of a token that the operator made: the command itself."""
    return {
        "id": "0", "name": "tashbik", "website": None, "scopes": sorted(scopes), "redirect_uris": [OUT_OF_BAND],
        "redirect_uri": OUT_OF_BAND, "vapid_key": vapid,
    }  # fmt: skip


def _no_store(found: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(found),
        headers={"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "Pragma": "no-cache"},
    )  # fmt: skip


def _error(error: Refused) -> web.Response:
    response = _no_store({"error": error.code, "error_description": error.sentence}, error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = f'Basic realm="Tashbik", error="{error.code}"'
    return response
