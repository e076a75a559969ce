"""Documents of peers: taken only from where they say they live, within limits of size, number and time."""

import asyncio
import json
import time
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from federation import discovery, fetch, peer_keys, resolve
from federation import vocabulary as v
from federation.client import Answer
from node.errors import Busy, Forbidden, Gone, Invalid, NodeError, NotFound, Unproven, Unreachable
from node.people import actors
from node.posts import posts
from tests.conftest import Peer


@pytest_asyncio.fixture
async def evil():
    async with Peer(name="eve") as made:
        yield made


def serve(document: Any, content_type: str = v.ACTIVITY_JSON, status: int = 200) -> Any:
    async def answer(request: web.Request) -> web.Response:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return web.Response(body=body, headers={"Content-Type": content_type}, status=status)

    return answer


def redirect(target: str, status: int = 302) -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": target})

    return answer


async def test_a_document_is_taken_from_its_own_address(node, peer):
    note = peer.note(1)
    found = await fetch.document(node.bridge, note["id"])
    assert found.document == note
    peer.documents["/@badr/1"] = note  # the page's address leads to the document, asked for once more
    assert (await fetch.document(node.bridge, f"{peer.origin}/@badr/1")).url == note["id"]


async def test_a_document_of_another_server_is_none(node, peer, evil):
    """B19-B21."""
    note = peer.note(1)
    evil.documents["/copy"] = {**note, "content": "<p>forged</p>"}
    evil.documents["/liar"] = {**note, "id": f"{evil.origin}/other"}
    evil.documents["/other"] = {**note, "id": f"{evil.origin}/third"}
    evil.documents["/nameless"] = {"type": "Note", "attributedTo": evil.uri}
    evil.documents["/list"] = serve([note])
    evil.documents["/text"] = serve(evil.note(1) | {"id": f"{evil.origin}/text"}, "text/plain")
    evil.documents["/json"] = serve(evil.note(1) | {"id": f"{evil.origin}/json"}, "application/json")
    evil.documents["/image"] = serve(evil.note(1) | {"id": f"{evil.origin}/image"}, "image/png")
    for path in ("copy", "liar", "nameless", "list", "text", "json", "image"):
        with pytest.raises(Invalid):
            await fetch.document(node.bridge, f"{evil.origin}/{path}")


async def test_an_open_redirect_lends_nobody_its_name(node, peer, evil):
    """B20: the victim redirects to the attacker, whose document then claims to be the victim's."""
    evil.documents["/fake"] = {**peer.note(3), "content": "<p>forged</p>"}
    del peer.documents["/notes/3"]
    peer.documents["/notes/3"] = redirect(f"{evil.origin}/fake")
    with pytest.raises(Invalid):
        await fetch.document(node.bridge, f"{peer.origin}/notes/3")


async def test_what_a_fetched_object_says_of_its_author_is_of_its_server(node, peer, evil):
    note = evil.note(1) | {"attributedTo": peer.uri}
    evil.documents["/notes/1"] = note
    with pytest.raises(Unproven):
        await resolve.post(node.bridge, note["id"])
    evil.documents["/notes/1"] = note | {"attributedTo": [evil.uri, peer.uri]}
    with pytest.raises(NodeError):
        await resolve.post(node.bridge, note["id"])
    assert await node.read(posts.by_uri, note["id"]) is None


async def test_redirects_are_followed_three_times_and_judged_each_time(node, peer):
    note = peer.note(1)
    for step, status in enumerate((301, 302, 303, 307, 308)):
        peer.documents[f"/r/{step}"] = redirect(note["id"] if step == 0 else f"{peer.origin}/r/{step - 1}", status)
    assert (await fetch.document(node.bridge, f"{peer.origin}/r/2")).url == note["id"]
    with pytest.raises(Invalid):
        await fetch.document(node.bridge, f"{peer.origin}/r/3")
    peer.documents["/loop"] = redirect(f"{peer.origin}/loop", status)
    with pytest.raises(Invalid):
        await fetch.document(node.bridge, f"{peer.origin}/loop")


INSIDE = ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:application/activity+json,{}", "http://a@127.0.0.1/x", "//", "http://10.0.0.1/x",
               "http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/x", "http://0.0.0.0/x", "\\\\127.0.0.1\\x", ""]  # fmt: skip


async def test_a_redirect_leads_nowhere_inside(node, peer):
    for target in INSIDE:
        peer.documents["/r"] = redirect(target)
        with pytest.raises((Invalid, Unreachable)):
            await fetch.document(node.bridge, f"{peer.origin}/r")


async def test_we_are_not_sent_to_ask_ourselves(node, peer):
    peer.documents["/r"] = redirect(node.uri("amal"))
    for uri in (f"{peer.origin}/r", node.uri("amal"), f"{node.origin}/posts/1"):
        with pytest.raises(Invalid):
            await fetch.document(node.bridge, uri)


async def test_what_a_peer_answers_is_told_apart(node, peer):
    answers: Any = [(410, Gone), (404, NotFound), (401, Forbidden), (403, Forbidden), (500, Unreachable), (200, None)]
    for status, error in answers:
        peer.documents["/x"] = serve({"id": f"{peer.origin}/x", "type": "Note"}, status=status)
        if error is None:
            assert (await fetch.document(node.bridge, f"{peer.origin}/x")).document["type"] == "Note"
        else:
            with pytest.raises(error):
                await fetch.document(node.bridge, f"{peer.origin}/x")


async def test_an_endless_chain_of_replies_ends(node, peer):
    """D11: each answers one that answers one."""

    async def note(request: web.Request) -> web.Response:
        number = int(request.path.rpartition("/")[2])
        body = peer.note(number, inReplyTo=f"{peer.origin}/chain/{number + 1}") | {
            "id": f"{peer.origin}/chain/{number}"
        }
        return web.Response(body=json.dumps(body).encode(), headers={"Content-Type": v.ACTIVITY_JSON})

    for number in range(200):
        peer.documents[f"/chain/{number}"] = note
    await resolve.post(node.bridge, f"{peer.origin}/chain/0")
    assert sum(path.startswith("/chain/") for path in peer.asked) <= resolve.ANCESTORS


async def test_a_reply_to_itself_is_asked_for_once(node, peer):
    note = peer.note(4)
    peer.documents["/notes/4"] = note | {"inReplyTo": note["id"]}
    assert await resolve.post(node.bridge, note["id"]) is not None
    assert peer.asked.count("/notes/4") == 1


async def test_an_actor_says_only_what_is_its_own(node, peer, evil):
    """A4-A6, C18: keys, inboxes and addresses of other servers are not taken from it."""
    key = peer.actor()["publicKey"]
    for change in (
        {"publicKey": {**key, "owner": peer.uri}},
        {"publicKey": {**key, "id": peer.key_id, "owner": evil.uri}},
        {"publicKey": {**evil.actor()["publicKey"], "owner": peer.uri}},
    ):
        evil.documents["/users/eve"] = evil.actor(**change)
        row = await resolve.actor(node.bridge, evil.uri, fresh=True)
        assert (
            await node.read(
                lambda db, row=row: db.value("select count(*) from actor_keys where actor = ?", (row["id"],))
            )
            == 0
        )
    evil.documents["/users/eve"] = evil.actor(inbox=peer.uri + "/inbox")
    with pytest.raises(Invalid):
        await resolve.actor(node.bridge, evil.uri, fresh=True)
    evil.documents["/users/eve"] = evil.actor(
        endpoints={"sharedInbox": f"{peer.origin}/inbox"},
        followers=f"{peer.uri}/followers",
        url="javascript:alert(1)",
        icon={"url": "data:x"},
    )
    row = await resolve.actor(node.bridge, evil.uri, fresh=True)
    assert (row["shared_inbox"], row["followers"], row["url"], row["icon"]) == ("", "", evil.uri, "")
    evil.documents["/users/eve"] = evil.actor(id=peer.uri)
    with pytest.raises(Invalid):
        await resolve.actor(node.bridge, evil.uri, fresh=True)


async def test_a_fat_profile_is_cut(node, peer):
    fields = [{"type": "PropertyValue", "name": "n" * 900, "value": "<b>v</b>" * 900} for _ in range(3000)]
    peer.documents["/users/badr"] = peer.actor(
        name="ن" * 30_000, attachment=fields[:60], alsoKnownAs=[f"{peer.origin}/{n}" for n in range(900)],
        summary="<p>" + "s" * 90_000, summaryMap={"fr": "s" * 90_000},
    )  # fmt: skip
    row = await resolve.actor(node.bridge, peer.uri)
    assert len(row["display"]) <= 100
    kept = json.loads(row["fields"])
    assert len(kept) <= 50 and all(len(name) <= 255 and len(value) < 5000 for name, value, *_ in kept)
    assert len(json.loads(row["aliases"])) <= 20
    assert 9000 < len(row["summary"]) < 25_000 and len(row["summaries"]) < 25_000


async def test_one_domain_shows_us_so_many_new_people_an_hour(node, peer, monkeypatch):
    """D13."""
    monkeypatch.setattr(resolve, "NEW_ACTORS", 3)
    for number in range(5):
        uri = f"{peer.origin}/users/u{number}"
        peer.documents[f"/users/u{number}"] = peer.actor() | {"id": uri, "preferredUsername": f"u{number}"}
    for number in range(3):
        await resolve.actor(node.bridge, f"{peer.origin}/users/u{number}")
    with pytest.raises(Busy):
        await resolve.actor(node.bridge, f"{peer.origin}/users/u4")
    assert (await resolve.actor(node.bridge, f"{peer.origin}/users/u1", fresh=True))["name"] == "u1"


async def test_whoever_asks_at_once_asks_once(node, peer):
    rows = await asyncio.gather(*(resolve.actor(node.bridge, peer.uri) for _ in range(20)))
    assert len({row["id"] for row in rows}) == 1 and peer.asked.count("/users/badr") == 1


async def test_a_blocked_server_is_not_asked(node, peer):
    from node import hosts

    await node.write(hosts.decide, "127.0.0.1", "block")
    for ask in (resolve.actor, resolve.anything):
        with pytest.raises(Forbidden):
            await ask(node.bridge, peer.uri)
    assert peer.asked == []


# ── finding each other ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "@a@b@c",
        "a",
        "@a@",
        "a@h/path",
        "a@h?x",
        "a@h#x",
        "../x@h.example",
        "<b>@h.example",
        "a b@h.example",
        "a@h.example:99999999",
        "@@",
        "",
    ],
)
def test_what_is_no_handle_is_not_looked_up(typed):
    """C13."""
    with pytest.raises(Invalid):
        discovery.read_handle(typed)


def test_a_jrd_that_leads_elsewhere_leads_nowhere():
    links: list[dict[str, Any]] = [
    {"href": "http://10.0.0.1/u"}, {"href": "file:///x"}, {"href": None}, {"href": ["x"]}, {"type": "text/html"}, {"rel": "me"}, {"href": "http://x@127.0.0.1/"},
]  # fmt: skip
    good = {"rel": "self", "type": v.ACTIVITY_JSON, "href": "https://peer.example/users/badr"}
    assert discovery.read_jrd(json.dumps({"links": [good]}).encode(), False) == good["href"]
    for link in links:
        with pytest.raises(NodeError):
            discovery.read_jrd(json.dumps({"links": [{**good, **link}]}).encode(), False)
    for body in (b"", b"[]", b"{}", b'{"links":5}', b'{"links":[null,5,{}]}', b"[" * 100_000):
        with pytest.raises(NodeError):
            discovery.read_jrd(body, False)


async def test_a_name_is_shown_with_the_host_of_its_id(node, peer, evil):
    """B22, B23: who names another's actor gains no name on that other's host, nor takes it over."""
    evil.documents["/users/eve"] = evil.actor(preferredUsername="badr", webfinger=f"badr@{peer.host}")
    true = await resolve.actor(node.bridge, peer.uri)
    false = await resolve.actor(node.bridge, evil.uri)
    assert actors.handle(true) == f"badr@{peer.host}" and actors.handle(false) == f"badr@{evil.host}"
    assert (await node.read(actors.by_handle, "badr", peer.host))["uri"] == peer.uri


async def test_a_hostile_username_is_not_shown(node, peer):
    names: list[Any] = ["../admin", "<b>x</b>", "a b", "a/b", "", None, 5, "x" * 99, "\u202egpj"]
    for name in names:
        peer.documents["/users/badr"] = peer.actor(preferredUsername=name)
        assert (await resolve.actor(node.bridge, peer.uri, fresh=True))["name"] == "badr"


# ── keys ──────────────────────────────────────────────────────────────────────


async def test_a_key_that_stands_alone_leads_to_its_owner(node, peer):
    """GoToSocial serves a stub of the actor at the key's own address."""
    key_id = f"{peer.uri}/main-key"
    whole = peer.actor(publicKey={**peer.actor()["publicKey"], "id": key_id})
    peer.documents["/users/badr"] = whole
    peer.documents["/users/badr/main-key"] = {
        key: whole[key] for key in ("@context", "id", "type", "publicKey", "preferredUsername")
    }
    assert await peer.post(f"{node.origin}/inbox", peer.follow(node.uri("amal")), key_id=key_id) == 202
    assert (await peer_keys.find(node.bridge, key_id, False)).owner == peer.uri


async def test_the_key_of_a_handle_is_its_actors(node, peer):
    assert (await peer_keys.find(node.bridge, f"acct:badr@{peer.host}", False)).owner == peer.uri


async def test_a_key_document_of_another_is_none(node, peer, evil):
    pem = evil.actor()["publicKey"]["publicKeyPem"]
    evil.documents["/k1"] = {"id": f"{evil.origin}/k1", "owner": peer.uri, "publicKeyPem": pem}
    evil.documents["/k2"] = {"id": peer.key_id, "owner": peer.uri, "publicKeyPem": pem}
    evil.documents["/k3"] = {
        "id": f"{evil.origin}/k3",
        "owner": evil.uri,
        "publicKeyPem": pem,
    }  # its owner does not list it
    for path in ("k1", "k2", "k3"):
        with pytest.raises(Unproven):
            await peer_keys.find(node.bridge, f"{evil.origin}/{path}", False)


@pytest.mark.parametrize(
    "head",
    [
        '<LINK type="application/activity+json" href="/notes/1" rel="alternate">',
        "<link rel='canonical' href='/x'><link href='{origin}/notes/1' rel='alternate' type='application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"'/>",
        '<link rel="alternate nofollow" type="application/activity&#43;json" href={origin}/notes/1>',
    ],
)  # fmt: skip
async def test_a_pages_address_leads_to_the_document_that_it_names(node, peer, head):
    note = peer.note(1)
    page = f"<!doctype html><head><title>x</title>{head.format(origin=peer.origin)}</head><p>hello".encode()
    peer.documents["/@badr/1"] = serve(page, "text/html; charset=utf-8")
    kind, row = await resolve.anything(node.bridge, f"{peer.origin}/@badr/1")
    assert (kind, row["uri"]) == ("post", note["id"])


async def test_a_link_header_names_a_document_too_and_only_once(node, peer, evil):
    note = peer.note(1)

    async def page(request: web.Request) -> web.Response:
        target = {"/p/1": note["id"], "/p/2": "/p/1"}[request.path]
        link = f'<https://x.example/>; rel="next", <{target}>; rel="alternate"; type="application/activity+json"'
        return web.Response(text="<p>hello</p>", content_type="text/html", headers={"Link": link})

    peer.documents["/p/1"] = peer.documents["/p/2"] = page
    assert (await resolve.anything(node.bridge, f"{peer.origin}/p/1"))[1]["uri"] == note["id"]
    with pytest.raises(Invalid):
        await resolve.anything(node.bridge, f"{peer.origin}/p/2")
    forged = f'<link rel="alternate" type="application/activity+json" href="{evil.origin}/notes/1">'.encode()
    peer.documents["/p/3"] = serve(forged, "text/html")
    evil.documents["/notes/1"] = evil.note(1) | {"id": note["id"], "attributedTo": peer.uri, "content": "forged"}
    with pytest.raises(NodeError):
        await resolve.anything(node.bridge, f"{peer.origin}/p/3")
    assert "forged" not in (await node.read(posts.by_uri, note["id"]))["content"]


async def test_who_reads_only_rfc_9421_is_asked_again_in_it(node, peer):
    async def strict(request: web.Request) -> web.Response:
        if "Signature-Input" not in request.headers:
            return web.Response(status=401)
        return web.json_response({"id": f"{peer.origin}/x", "type": "Note"}, content_type=v.ACTIVITY_JSON)

    peer.documents["/x"] = strict
    assert (await fetch.document(node.bridge, f"{peer.origin}/x")).document["type"] == "Note"
    assert peer.asked == ["/x", "/x"]


@pytest.mark.parametrize(
    "body",
    [b"<link " + b"a" * 1990 + b">", b"<link " + b"a= " * 660 + b">", b"<link " + b'a="' * 660 + b">", b"<link " + b"a" * 1990],
    ids=["one long name", "names", "open quotes", "open tags"],
)  # fmt: skip
def test_a_page_made_to_be_read_slowly_is_read_at_once(body):
    """Whoever sends one activity chooses what we are answered; the node answered nobody for seven seconds."""
    page = (body * 200)[: fetch.LARGEST_HEAD]
    begun = time.process_time()
    answer = Answer(200, {"content-type": "text/html"}, page)
    assert fetch.NoDocument("https://x.example/", answer).alternate == ""
    assert time.process_time() - begun < 1
