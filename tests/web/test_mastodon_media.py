"""Pictures as apps upload and show them, over real HTTP; each answer is held against the schemas (Node.api)."""

import io

import pytest

from node.posts import files
from tests.conftest import until
from tests.web.apps import picture, say, upload
from web.uploads import folder_of


async def test_a_picture_is_shrunk_described_and_served_as_a_picture_only(node):
    token = node.token()
    made = await upload(node, token, picture(3000, 1500), "a green field")
    assert made["meta"]["original"]["width"] == 1920
    assert made["blurhash"]
    described = await node.api(
        "PUT", f"/api/v1/media/{made['id']}", token, json={"description": "حقل أخضر", "focus": "0.5,-0.5"}
    )
    assert described["description"] == "حقل أخضر"
    assert described["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    said = await say(node, token, "", media_ids=[made["id"]])
    assert said["media_attachments"][0]["description"] == "حقل أخضر"
    for url in (made["url"], made["preview_url"]):
        async with node.session.get(url) as response:
            assert response.status == 200
            assert response.content_type in ("image/jpeg", "image/webp")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in response.headers["Content-Security-Policy"]
    document = await (await node.get(f"/posts/{said['id']}")).json(content_type=None)
    assert document["attachment"][0]["url"] == made["url"]


async def test_where_a_picture_was_taken_is_nobodys_business(node):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010E] = "SECRET PLACE"
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    made = await upload(node, node.token(), picture(80, 40, exif=exif, comment=b"SECRET PLACE"))
    async with node.session.get(made["url"]) as response:
        data = await response.read()
    assert b"SECRET" not in data
    opened = Image.open(io.BytesIO(data))
    assert not dict(opened.getexif())
    assert opened.size == (40, 80)


@pytest.mark.parametrize(
    "data",
    [b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"", b"\x89PNG\r\n\x1a\nbroken"],
)  # fmt: skip
async def test_what_is_no_picture_is_not_taken(node, data):
    answer = await upload(node, node.token(), data, status=422)
    assert answer["error"].startswith("Validation failed")
    assert await node.read(lambda db: db.value("select count(*) from media")) == 0


async def test_a_decoder_bomb_is_not_opened(node, monkeypatch):
    from node.posts import pictures

    monkeypatch.setattr(pictures, "MOST_PIXELS", 10_000)
    await upload(node, node.token(), picture(200, 200, "PNG"), status=422)


async def test_an_upload_is_its_owners_alone_and_goes_on_one_post(node):
    token, other = node.token(), node.token("yto")
    made = await upload(node, token, picture())
    await node.api("GET", f"/api/v1/media/{made['id']}", other, status=404)
    await node.api("PUT", f"/api/v1/media/{made['id']}", other, json={"description": "x"}, status=404)
    stolen = {"status": "x", "media_ids": [made["id"]]}
    await node.api("POST", "/api/v1/statuses", other, json=stolen, status=422)
    await say(node, token, "x", media_ids=[made["id"]])
    await node.api("POST", "/api/v1/statuses", token, json=stolen, status=422)


async def test_paths_that_climb_find_nothing(node):
    for path in (
        "/media/..%2f..%2fnode.sqlite3",
        "/media/ab/../../node.sqlite3",
        "/media/ab/%2e%2e/x.jpg",
        "/media/ab/x.html",
    ):
        async with node.session.get(node.origin + path) as response:
            assert response.status in (400, 404)


async def test_uploads_that_nothing_holds_are_gone_after_a_day(node):
    from web import uploads as door

    token = node.token()
    lost, kept = await upload(node, token, picture()), await upload(node, token, picture())
    await say(node, token, "x", media_ids=[kept["id"]])
    await node.write(lambda db: db.execute("update media set created = 1"))
    await door.tidy(node.bridge)
    await node.api("GET", f"/api/v1/media/{lost['id']}", token, status=404)
    async with node.session.get(lost["url"]) as response:
        assert response.status == 404
    async with node.session.get(kept["url"]) as response:
        assert response.status == 200


async def test_a_file_that_nothing_shows_any_more_is_removed(node):
    import os

    from web import uploads as door

    token = node.token()
    made, other = await upload(node, token, picture()), await upload(node, token, picture())
    said = await say(node, token, "x", media_ids=[made["id"]])
    await node.api("DELETE", f"/api/v1/statuses/{said['id']}?delete_media=true", token)
    for path in folder_of(node.bridge).rglob("*.*"):
        os.utime(path, (1, 1))
    await door.tidy(node.bridge)
    for address, status in ((made["url"], 404), (made["preview_url"], 404), (other["url"], 200)):
        async with node.session.get(address) as response:
            assert response.status == status


async def test_pictures_of_peers_are_served_from_here(node, other):
    here, there = node.token(), other.token()
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@amal@{other.host}", here)
    await node.api("POST", f"/api/v1/accounts/{found['accounts'][0]['id']}/follow", here)
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    made = await upload(other, there, picture(), "a field")
    await say(other, there, "look", media_ids=[made["id"]])
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
    shown = seen["media_attachments"][0]
    assert shown["url"].startswith(node.origin)
    assert (shown["remote_url"], shown["description"], shown["blurhash"]) == (made["url"], "a field", made["blurhash"])
    async with node.session.get(shown["url"]) as response:
        assert (response.status, response.content_type) == (200, "image/jpeg")
    name = await node.read(lambda db: db.value("select file from cached_media"))
    assert files.find(folder_of(node.bridge).parent / "cache", name)


async def test_what_was_looked_at_longest_ago_leaves_the_disk(node):
    """Pictures of peers take no more room than the operator gives; a file without a row goes with the next tidying."""
    import os

    from node import settings
    from node.posts import cached
    from web import uploads

    folder = node.bridge.store.folder / "cache"
    await node.write(settings.choose, "cache_size", 250)
    for number in range(4):
        name = files.write(folder, bytes(100), "webp")
        gone = await node.write(cached.keep, f"media-{number}", name, "image/webp", 100, number)
        files.remove(folder, gone)
        if number == 1:
            await node.write(cached.touch, "media-0", 9)
    assert await node.read(lambda db: [row[0] for row in db.rows("select name from cached_media order by 1")]) == [
        "media-0", "media-3"]  # fmt: skip
    stray = files.write(folder, b"x", "webp")
    for path in folder.rglob("*.webp"):
        os.utime(path, (1, 1))
    assert len(list(folder.rglob("*.webp"))) == 3
    await uploads.tidy(node.bridge)
    assert len(list(folder.rglob("*.webp"))) == 2
    assert not (folder / stray).exists()
