"""An independent peer: a small server on Fedify and our node speak over real HTTP, both ways."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests import packages
from tests.conftest import Node, free_port, until

SERVER = Path(__file__).parent / "fedify" / "server.mjs"
START_SECONDS = 20

pytestmark = pytest.mark.slow


class Fedify:
    """The peer: `await fedify.do("post", content=…)`, and what it received."""

    def __init__(self, origin: str, session: aiohttp.ClientSession) -> None:
        self.origin, self.session = origin, session

    @property
    def uri(self) -> str:
        return f"{self.origin}/users/fatima"

    @property
    def handle(self) -> str:
        return f"fatima@{self.origin.partition('://')[2]}"

    async def do(self, deed: str, **more: Any) -> str:
        """Its actor does this; the id of what came of it."""
        async with self.session.post(f"{self.origin}/control", data=json.dumps({"do": deed, **more})) as answer:
            found = await answer.json()
            assert answer.status == 200, found
            return str(found["id"])

    async def state(self, peer: str = "") -> dict[str, Any]:
        async with self.session.get(f"{self.origin}/control", params={"peer": peer}) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def received(self, kind: str, inner: str = "") -> dict[str, Any]:
        """The first activity of this type that it received and took."""

        async def look() -> Any:
            for one in (await self.state())["received"]:
                if one["type"] == kind and (not inner or inner in json.dumps(one.get("object"), ensure_ascii=False)):
                    return one
            return None

        found: dict[str, Any] = await until(look, 10)
        return found


async def started(first_knock: str) -> tuple[Fedify, asyncio.subprocess.Process]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        packages.node(), str(SERVER), str(port), first_knock, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), START_SECONDS) == b"ready\n"
    return Fedify(f"http://127.0.0.1:{port}", aiohttp.ClientSession()), process


@pytest_asyncio.fixture(params=["rfc9421"])
async def fedify(request: pytest.FixtureRequest) -> AsyncIterator[Fedify]:
    """Fatima's server, signing first as the parameter says."""
    try:
        packages.install()
    except OSError:
        pytest.skip("the node packages are not installed")
    peer, process = await started(request.param)
    yield peer
    await peer.session.close()
    process.terminate()
    await process.wait()


async def meet(node: Node, fedify: Fedify) -> tuple[str, str]:
    """Amal and Fatima follow each other; Amal's token and Fatima's account id here."""
    token = node.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@{fedify.handle}", token)
    account = found["accounts"][0]["id"]
    await node.api("POST", f"/api/v1/accounts/{account}/follow", token)
    await fedify.do("follow", target=node.uri("amal"))

    async def both() -> bool:
        [relation] = await node.api("GET", f"/api/v1/accounts/relationships?id[]={account}", token)
        return bool(relation["following"] and relation["followed_by"])

    await until(both)
    assert (await fedify.state())["followers"] == [node.uri("amal")]
    return token, account


async def test_both_follow_and_the_accepts_are_understood(node: Node, fedify: Fedify) -> None:
    await meet(node, fedify)
    accept = await fedify.received("Accept")
    assert accept["actor"] == node.uri("amal")
    assert (await fedify.received("Follow"))["object"] == fedify.uri


@pytest.mark.parametrize("fedify", ["rfc9421", "draft-cavage-http-signatures-12"], indirect=True)
async def test_what_it_signs_first_is_understood_at_the_first_knock(
    node: Node, fedify: Fedify, request: pytest.FixtureRequest
) -> None:
    await fedify.do("follow", target=node.uri("amal"))
    spec = request.node.callspec.params["fedify"]
    assert (await fedify.state(node.origin))["knock"] == spec


async def test_what_it_says_is_read_edited_and_gone_here(node: Node, fedify: Fedify) -> None:
    token, _ = await meet(node, fedify)
    said = await fedify.do("post", content="<p>سلام من صفاقس</p>")
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", token))
    assert (seen["uri"], seen["content"]) == (said, "<p>سلام من صفاقس</p>")

    await fedify.do("edit", id=said, content="<p>changed</p>")

    async def edited() -> bool:
        found = await node.api("GET", f"/api/v1/statuses/{seen['id']}", token)
        return bool(found["content"] == "<p>changed</p>" and found["edited_at"])

    await until(edited)
    await fedify.do("delete", id=said)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 0 from posts")))


async def test_what_it_answers_likes_and_boosts_is_told_and_undone(node: Node, fedify: Fedify) -> None:
    token, _ = await meet(node, fedify)
    said = await node.api("POST", "/api/v1/statuses", token, json={"status": "سؤال", "language": "ar"})
    create = await fedify.received("Create")
    assert create["object"]["id"] == said["uri"]

    await fedify.do("post", content="<p>جواب</p>", reply=said["uri"])
    like = await fedify.do("like", object=said["uri"])
    boost = await fedify.do("boost", object=said["uri"])

    async def counts() -> tuple[int, int, int]:
        found = await node.api("GET", f"/api/v1/statuses/{said['id']}", token)
        return found["replies_count"], found["favourites_count"], found["reblogs_count"]

    async def counted() -> bool:
        return await counts() == (1, 1, 1)

    await until(counted)
    await fedify.do("undo", id=like)
    await fedify.do("undo", id=boost)

    async def undone() -> bool:
        return await counts() == (1, 0, 0)

    await until(undone)


async def test_what_we_do_reaches_it_and_is_undone_there(node: Node, fedify: Fedify) -> None:
    token, account = await meet(node, fedify)
    said = await fedify.do("post", content="<p>hello</p>")
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", token))
    path = f"/api/v1/statuses/{seen['id']}"

    reply = {"status": f"@{fedify.handle} وعليكم السلام", "in_reply_to_id": seen["id"]}
    answered = await node.api("POST", "/api/v1/statuses", token, json=reply)
    assert (await fedify.received("Create", answered["uri"]))["object"]["inReplyTo"] == said

    await node.api("POST", f"{path}/favourite", token)
    assert (await fedify.received("Like"))["object"] == said
    await node.api("POST", f"{path}/reblog", token)
    assert (await fedify.received("Announce"))["object"] == said
    await node.api("POST", f"{path}/unfavourite", token)
    assert (await fedify.received("Undo", "Like"))["actor"] == node.uri("amal")
    await node.api("POST", f"{path}/unreblog", token)
    await fedify.received("Undo", "Announce")

    await node.api("PUT", f"/api/v1/statuses/{answered['id']}", token, json={"status": f"@{fedify.handle} edited"})
    assert "edited" in (await fedify.received("Update", answered["uri"]))["object"]["content"]
    await node.api("DELETE", f"/api/v1/statuses/{answered['id']}", token)
    await fedify.received("Delete", answered["uri"])

    await node.api("POST", f"/api/v1/accounts/{account}/unfollow", token)
    await fedify.received("Undo", "Follow")
    assert (await fedify.state())["followers"] == []
