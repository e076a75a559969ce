"""Handles whose host is not that of the id: only where both servers say so."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from federation import discovery, resolve
from federation import vocabulary as v
from node.errors import NotFound
from node.people import actors
from tests.conftest import Node, Peer, until

JRD = "application/jrd+json"


class Front(Peer):
    """A server whose WebFinger says what `finger` maps a resource to: (subject, id), or nothing."""

    finger: Callable[[str], tuple[str, str] | None] = staticmethod(lambda resource: None)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if request.path != "/.well-known/webfinger":
            return await super()._get(request)
        self.asked.append(request.raw_path)
        said = self.finger(request.query["resource"])
        if said is None:
            return web.Response(status=404)
        links = [{"rel": "self", "type": v.ACTIVITY_JSON, "href": said[1]}]
        return web.json_response({"subject": f"acct:{said[0]}", "links": links}, content_type=JRD)


async def test_a_handle_on_another_host_counts_when_both_servers_name_it(node: Node) -> None:
    async with Front() as home, Front() as front:
        canonical = f"badr@{front.host}"
        for server in (home, front):
            server.finger = lambda _: (canonical, home.uri)
        found = await resolve.handle(node.bridge, canonical)
        assert (found["uri"], actors.handle(found)) == (home.uri, canonical)
        by_other_name = await resolve.handle(node.bridge, f"badr@{home.host}")
        assert by_other_name["id"] == found["id"]
        # the document is read again: the handle stays
        assert actors.handle(await resolve.actor(node.bridge, home.uri, fresh=True)) == canonical


@pytest.mark.parametrize("said_at_home", [None, "badr"])
async def test_a_host_cannot_take_somebody_elses_actor_for_its_own(node: Node, said_at_home: str | None) -> None:
    async with Front() as home, Front() as thief:
        home.finger = lambda _: (f"{said_at_home}@{home.host}", home.uri) if said_at_home else None
        thief.finger = lambda _: (f"badr@{thief.host}", home.uri)
        with pytest.raises(NotFound):
            await resolve.handle(node.bridge, f"badr@{thief.host}")
        kept = await node.read(actors.by_uri, home.uri)
        assert kept is None or kept["host"] == home.host


async def test_the_handle_that_an_actor_states_is_looked_into(node: Node) -> None:
    async with Front() as home, Front() as front:
        front.finger = lambda _: (f"badr@{front.host}", home.uri)
        home.documents["/users/badr"] = home.actor(webfinger=f"badr@{front.host}")
        await home.post(f"{node.origin}/inbox", home.follow(node.uri("amal")))
        await until(lambda: node.read(actors.by_handle, "badr", front.host))


async def test_a_stated_handle_of_somebody_else_is_not_believed(node: Node) -> None:
    async with Front() as eve, Front() as bank:
        bank.finger = lambda _: (f"badr@{bank.host}", bank.uri)
        eve.documents["/users/badr"] = eve.actor(webfinger=f"badr@{bank.host}")
        await eve.post(f"{node.origin}/inbox", eve.follow(node.uri("amal")))
        await until(lambda: any("webfinger" in path for path in bank.asked))
        kept = await until(lambda: node.read(actors.by_uri, eve.uri))
        assert kept["host"] == eve.host
        assert await node.read(actors.by_handle, "badr", bank.host) is None


async def test_where_webfinger_is_not_host_meta_says_where_it_is(node: Node) -> None:
    async with Front() as server:
        template = f"{server.origin}/finger?resource={{uri}}"
        links = [{"rel": "self", "type": v.ACTIVITY_JSON, "href": server.uri}]

        async def host_meta(_: web.Request) -> web.Response:
            return web.Response(text=f'<XRD><Link rel="lrdd" template="{template}"/></XRD>')

        async def finger(request: web.Request) -> web.Response:
            assert request.query["resource"] == f"acct:badr@{server.host}"
            return web.json_response({"subject": f"acct:badr@{server.host}", "links": links}, content_type=JRD)

        server.documents |= {"/.well-known/host-meta": host_meta, "/finger": finger}
        assert (await discovery.look_up(node.bridge, f"badr@{server.host}"))[1] == server.uri


async def test_ours_is_found_by_each_of_its_names(node: Node) -> None:
    async def finger(resource: str) -> tuple[int, Any]:
        answer = await node.get(f"/.well-known/webfinger?resource={resource}")
        return answer.status, json.loads(await answer.text()) if answer.status == 200 else None

    names = [f"acct:amal@{node.host}", f"acct:@AMAL@{node.host}", f"ACCT:amal@{node.host}",
             f"amal@{node.host}", node.uri("amal"),
             f"{node.origin}/@amal"]  # fmt: skip
    for name in names:
        status, found = await finger(name)
        assert (name, status, found and found["subject"]) == (name, 200, f"acct:amal@{node.host}")
    for name in (node.origin, f"acct:relay@{node.host}", f"acct:{node.host}@{node.host}"):
        status, found = await finger(name)
        assert (name, status) == (name, 200)
        assert next(one["href"] for one in found["links"] if one["rel"] == "self") == f"{node.origin}/actor"
    assert (await finger(f"acct:nobody@{node.host}"))[0] == 404
    assert (await finger("acct:amal@elsewhere.example"))[0] == 404
    for nobody in ("", "acct:amal", f"acct:@{node.host}"):
        assert (await finger(nobody))[0] == 400, nobody
    _, found = await finger(f"acct:amal@{node.host}&rel=self&rel=http://nodeinfo.example/")
    assert [one["rel"] for one in found["links"]] == ["self"]


async def test_a_password_manager_finds_where_to_change_one(node: Node) -> None:
    led = await node.get("/.well-known/change-password", "text/html")
    assert (led.status, led.headers["Location"]) == (302, "/me#login")
