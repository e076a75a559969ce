"""What a member's app does on one node of the demonstration: the Mastodon API over HTTP, nothing behind its back."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from federation.bridge import now
from federation.client import Answer, Client
from node.errors import Invalid, NodeError
from node.people import actors, tokens, users
from node.store import Database, connect, write_now

SCOPES = ["read", "write", "follow"]
PATIENCE = 20.0  # seconds for what must cross from one node to the other


class App:
    """The apps of all members of one node."""

    def __init__(self, client: Client, folder: Path, origin: str) -> None:
        self.client, self.folder, self.origin = client, folder, origin
        self._tokens: dict[str, str] = {}

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]

    async def get(self, who: str, path: str, **query: Any) -> Any:
        """What the API answers to one of the members."""
        address = f"{self.origin}{path}" + (f"?{urlencode(query)}" if query else "")
        return _read(await self.client.get(address, self._headers(who), seconds=10))

    async def post(self, who: str, path: str, **sent: Any) -> Any:
        """The same for something done."""
        body = json.dumps(sent).encode()
        headers = self._headers(who) | {"Content-Type": "application/json"}
        return _read(await self.client.post(f"{self.origin}{path}", headers, body, seconds=10))

    async def page(self, path: str, language: str) -> Answer:
        """A page as a visitor sees it."""
        return await self.client.get(
            f"{self.origin}{path}", {"Accept": "text/html", "Accept-Language": language}, seconds=10
        )

    async def account(self, who: str, handle: str) -> dict[str, Any]:
        """The account of a handle, asked for at its own node when unknown."""
        found = await self.get(who, "/api/v2/search", q=f"@{handle}", resolve="true", type="accounts")
        if not found["accounts"]:
            raise Invalid("Nobody was found behind {handle}.", handle=handle)
        account: dict[str, Any] = found["accounts"][0]
        return account

    async def status(self, who: str, uri: str) -> dict[str, Any] | None:
        """The status of a URI or an address, asked for when unknown."""
        found = await self.get(who, "/api/v2/search", q=uri, resolve="true", type="statuses")
        return found["statuses"][0] if found["statuses"] else None

    async def known(self, who: str, uri: str) -> dict[str, Any] | None:
        """The status of a URI, when it has arrived: nothing is asked for."""
        found = await self.get(who, "/api/v2/search", q=uri, type="statuses")
        return found["statuses"][0] if found["statuses"] else None

    async def look(self, fn: Callable[..., Any], *args: Any) -> Any:
        """A look into the node's file beside it, as a command has it."""
        db = connect(self.folder, readonly=True)
        try:
            return fn(db, *args)
        finally:
            db.close()

    def change(self, fn: Callable[..., Any], *args: Any) -> Any:
        """A write beside the running node, as a command does it."""
        db = connect(self.folder)
        try:
            return write_now(db, fn, *args)
        finally:
            db.close()

    def _headers(self, who: str) -> dict[str, str]:
        if not who:
            return {}
        if who not in self._tokens:
            self._tokens[who] = self.change(_token, who)
        return {"Authorization": f"Bearer {self._tokens[who]}"}


async def until(check: Callable[[], Awaitable[Any]], what: str, seconds: float = PATIENCE) -> Any:
    """What check answers once it is true.  Raises Invalid when it never was."""
    for _ in range(int(seconds / 0.1)):
        with_answer = None
        try:
            with_answer = await check()
        except NodeError:
            pass
        if with_answer:
            return with_answer
        await asyncio.sleep(0.1)
    raise Invalid("It did not come to be in {seconds} seconds: {what}", seconds=seconds, what=what)


def _token(db: Database, name: str) -> str:
    """A token for a person, or for an association in the name of the first who may speak for it."""
    actor = actors.ours(db, name)
    if actor is None:
        raise Invalid("Nobody here is called {name}.", name=name)
    if actor["type"] == "Person":
        return tokens.create(db, users.by_name(db, name)["id"], actor["id"], SCOPES, now())
    user = db.value(
        "select user from memberships where actor = ? and role in ('owner', 'editor') order by since", (actor["id"],)
    )
    return tokens.create(db, user, actor["id"], SCOPES, now())


def _read(answer: Answer) -> Any:
    if answer.status >= 300:
        raise Invalid(
            "The node answered {status}: {body}",
            status=answer.status,
            body=answer.body[:200].decode("utf-8", "replace"),
        )
    return json.loads(answer.body)
