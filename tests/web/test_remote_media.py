"""What peers' posts show, served from here: nobody guesses the address of what they were not shown."""

import asyncio
import io

import pytest
from aiohttp import web

from federation import outbox
from federation.bridge import now
from federation.outbox import Draft
from node import hosts
from node.people import actors
from node.posts import media, posts
from node.store import Database
from tests.conftest import Peer, until


def picture() -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (40, 30), "#2a3990").save(made, "PNG")
    return made.getvalue()


async def test_the_picture_of_a_letter_is_at_an_address_that_only_its_reader_is_told(node, peer):
    async def serve(_request: web.Request) -> web.Response:
        return web.Response(body=picture(), content_type="image/png")

    peer.documents["/secret.png"] = serve
    shown = {"type": "Document", "mediaType": "image/png", "url": f"{peer.origin}/secret.png"}
    mention = {"type": "Mention", "href": node.uri("amal"), "name": f"@amal@{node.host}"}
    note = peer.note(1, to=[node.uri("amal")], cc=[], tag=[mention], attachment=[shown])
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    token = node.token()
    [talk] = await until(lambda: node.api("GET", "/api/v1/conversations", token))
    [one] = talk["last_status"]["media_attachments"]
    async with node.session.get(one["url"]) as found:
        assert (found.status, found.content_type) == (200, "image/jpeg")
    # The id is a date and sixteen bits: whoever counts through them finds nothing.
    for guess in (
        f"/media/remote/{one['id']}",
        f"/media/remote/poster/{one['id']}",
        f"/media/remote/{int(one['id']):032x}",
    ):
        assert (await node.get(guess, "image/*")).status == 404
    assert one["id"] not in one["url"]


async def test_each_attachment_has_a_key_of_its_own_and_uploads_have_none(node):
    def keep(db: Database) -> list[str]:
        row = outbox.publish(db, actors.by_handle(db, "amal", ""), Draft(text="x"), now())
        author, post = row["author"], row["id"]
        two = [{"url": f"https://x.example/{n}.png", "type": "image/png"} for n in (1, 2)]
        media.keep_remote(db, author, post, two, 1_800_000_000_000)
        media.keep_upload(db, author, "image", "x", "", (0, 0), 1_800_000_000_000)
        return [row["key"] for row in db.rows("select key from media order by id")]

    keys = await node.write(keep)
    assert len({*keys}) == 3
    assert sorted(len(key) for key in keys) == [0, 32, 32]
    assert (await node.get("/media/remote/", "image/*")).status == 404


@pytest.mark.parametrize("kind", ["image/png", "video/mp4"])
async def test_a_picture_elsewhere_leads_neither_back_to_us_nor_to_whom_we_do_not_speak_with(node, peer, kind):
    """Asked for through ourselves it waited for itself, until it had waited too long."""
    asked = []

    async def leads_on(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPFound(where)

    async def counts(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=picture(), content_type=kind)

    peer.documents |= {"/a": leads_on, "/b": leads_on, "/there": counts}
    for name in ("a", "b"):
        shown = {"type": "Document", "mediaType": kind, "url": f"{peer.origin}/{name}"}
        note = peer.note(ord(name), attachment=[shown])
        assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
        row = await until(lambda note=note: node.read(posts.by_uri, note["id"]))
        [one] = await node.read(media.of, row["id"])
        address = f"{node.origin}/media/remote/{one['key']}"
        where = address
        if name == "b":
            async with Peer(name="eve") as eve:
                eve.documents["/there"] = counts
                where = f"{eve.origin}/there"
                await node.write(hosts.decide, eve.host, "block")
                async with node.session.get(address) as found:
                    assert found.status == 404
            continue
        async with asyncio.timeout(5), node.session.get(address) as found:
            assert found.status == 404
    assert asked == ["/a", "/b"]


async def test_a_file_that_we_do_not_serve_is_named_as_lying_elsewhere_and_nobody_is_sent_there(node, peer):
    """An address of ours that leads on would show the reader to her author's server while she trusts ours."""
    shown = {"type": "Document", "mediaType": "application/pdf", "url": f"{peer.origin}/statutes.pdf"}
    note = peer.note(1, attachment=[shown])
    assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
    row = await until(lambda: node.read(posts.by_uri, note["id"]))
    [one] = await node.read(media.of, row["id"])
    assert (await node.get(f"/media/remote/{one['key']}", "*/*")).status == 404
    status = await node.api("GET", f"/api/v1/statuses/{row['id']}", node.token())
    [attached] = status["media_attachments"]
    assert (attached["type"], attached["url"], attached["preview_url"]) == ("unknown", shown["url"], None)
    page = await (await node.get(f"/@badr@{peer.host}/{row['id']}", "text/html")).text()
    assert f'<a href="{shown["url"]}" rel="nofollow noopener noreferrer ugc">' in page
    assert peer.host in page.partition(shown["url"])[2].partition("</a>")[0]
    assert f'"/media/remote/{one["key"]}"' not in page


@pytest.mark.parametrize("kind", ["image/png", "video/mp4"])
async def test_nothing_is_fetched_from_whom_we_do_not_speak_with_whoever_shows_it(node, peer, kind):
    """A post of a server that we hear may show what lies on one that we do not."""
    asked = []

    async def counts(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=picture(), content_type=kind)

    async with Peer(name="eve") as eve:
        eve.documents["/there"] = counts
        note = peer.note(1, attachment=[{"type": "Document", "mediaType": kind, "url": f"{eve.origin}/there"}])
        assert await peer.post(f"{node.origin}/inbox", peer.create(note)) == 202
        row = await until(lambda: node.read(posts.by_uri, note["id"]))
        [one] = await node.read(media.of, row["id"])
        await node.write(hosts.decide, eve.host, "block")
        async with node.session.get(f"{node.origin}/media/remote/{one['key']}") as found:
            assert found.status == 404 and not asked
        await node.write(hosts.decide, eve.host, "")
        async with node.session.get(f"{node.origin}/media/remote/{one['key']}?again") as found:
            assert found.status == (404 if kind == "image/png" else 200)  # what could not be had is remembered
