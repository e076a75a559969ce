"""A real server that signs, answers, stalls and lies, for tests over real HTTP."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from federation import signing
from federation import vocabulary as v
from keys import pair

JRD = "application/jrd+json"


class Peer:
    """`async with Peer() as peer`: an actor `badr` at peer.uri, whatever it received in peer.received.

    documents maps a path to a JSON value, or to a handler; answer is the status that
    its inbox gives.
    """

    def __init__(self, host: str = "127.0.0.1", name: str = "badr", kind: str = "Person") -> None:
        self.name, self.kind, self._bind = name, kind, host
        self.private = pair.load(_KEYS.setdefault(name, pair.new_rsa()))
        self.received: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.asked: list[str] = []
        self.answer = 202
        self.bodies: list[bytes] = []
        self.answers: Callable[[web.Request, bytes], Any] | None = None  # what the inbox answers, instead of `answer`
        self.documents: dict[str, Any] = {}
        self.origin = ""
        self.session: aiohttp.ClientSession

    async def __aenter__(self) -> "Peer":
        await self.listen()
        self.documents[f"/users/{self.name}"] = self.actor()
        self.session = aiohttp.ClientSession()
        return self

    async def listen(self, port: int = 0) -> None:
        """It answers, on this port again after it was down."""
        app = web.Application()
        app.router.add_post("/{rest:.*}", self._inbox)
        app.router.add_get("/{rest:.*}", self._get)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._bind, port, reuse_address=True)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.origin = f"http://{self._bind}:{port}"

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        await self._runner.cleanup()

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    @property
    def uri(self) -> str:
        return f"{self.origin}/users/{self.name}"

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"

    def actor(self, **more: Any) -> dict[str, Any]:
        """Its actor's document."""
        return {
            "@context": [v.AS2, "https://w3id.org/security/v1"], "id": self.uri, "type": self.kind,
            "preferredUsername": self.name, "name": self.name.title(), "summary": "<p>a peer</p>",
            "inbox": f"{self.uri}/inbox", "outbox": f"{self.uri}/outbox", "followers": f"{self.uri}/followers",
            "following": f"{self.uri}/following", "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": pair.public_of(self.private)}, **more,
        }  # fmt: skip

    def note(self, number: int = 1, content: str = "<p>hello</p>", **more: Any) -> dict[str, Any]:
        """A public note of its actor, served from now on."""
        made = {
            "@context": v.AS2, "id": f"{self.origin}/notes/{number}", "type": "Note", "attributedTo": self.uri,
            "content": content, "to": [v.PUBLIC], "cc": [f"{self.uri}/followers"],
            "published": "2026-01-01T00:00:00Z", **more,
        }  # fmt: skip
        self.documents[f"/notes/{number}"] = made
        return made

    def create(self, note: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The Create of a note."""
        return {
            "@context": v.AS2, "id": f"{note['id']}/activity", "type": "Create", "actor": self.uri,
            "to": note.get("to", []), "cc": note.get("cc", []), "object": note, **more,
        }  # fmt: skip

    def follow(self, target: str, number: int = 1) -> dict[str, Any]:
        """A Follow of the target."""
        return {"@context": v.AS2, "id": f"{self.origin}/follows/{number}", "type": "Follow", "actor": self.uri,
                "object": target, "to": [target]}  # fmt: skip

    async def post(self, inbox: str, activity: dict[str, Any] | bytes, **signing: Any) -> int:
        """The status that the inbox answers to the activity, truly signed."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        headers = self.signed(inbox, body, **signing)
        async with self.session.post(inbox, data=body, headers=headers) as response:
            return response.status

    def signed(self, url: str, body: bytes, *, key_id: str | None = None, private: Any = None,
               at: datetime | None = None, method: str = "POST", scheme: str = "cavage") -> dict[str, str]:  # fmt: skip
        """Headers of a request signed by its key, or by another."""
        rest = url.split("/", 3)
        path = "/" + (rest[3] if len(rest) > 3 else "")
        private = private or self.private
        moment = at or datetime.now(UTC)
        sent = body if body or method == "POST" else None
        if scheme == "rfc9421":
            return signing.signed_rfc9421(method, url, sent, key_id or self.key_id,
                                             lambda m: pair.sign(private, m), moment, v.ACTIVITY_JSON, v.ACTIVITY_JSON)  # fmt: skip
        return signing.signed_cavage(method, rest[2], path, sent, key_id or self.key_id,
                                        lambda m: pair.sign(private, m), moment, v.ACTIVITY_JSON, v.ACTIVITY_JSON)  # fmt: skip

    async def wait_for(self, what: Callable[[dict[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """The first activity received that fits; AssertionError when none came."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in self.received:
                if what(one):
                    return one
            await asyncio.sleep(0.02)
        raise AssertionError(f"never received; had {[one.get('type') for one in self.received]}")

    async def _inbox(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.headers.append(request.headers.copy())
        self.bodies.append(body)
        if self.answers is not None:
            found: web.Response = await self.answers(request, body)
            if 200 <= found.status < 300:
                self.received.append(json.loads(body))
            return found
        if 200 <= self.answer < 300:
            self.received.append(json.loads(body))
        return web.Response(status=self.answer)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.raw_path)
        if request.path == "/.well-known/webfinger":
            links = [{"rel": "self", "type": v.ACTIVITY_JSON, "href": self.uri}]
            return web.json_response({"subject": f"acct:{self.name}@{self.host}", "links": links}, content_type=JRD)
        found = self.documents.get(request.path)
        if found is None:
            return web.Response(status=404)
        if callable(found):
            answered: web.StreamResponse = await found(request)
            return answered
        return web.Response(body=json.dumps(found).encode(), content_type=v.ACTIVITY_JSON)


_KEYS: dict[str, bytes] = {}
