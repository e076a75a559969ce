"""Another picture for a song, chosen while its status is edited, as Mastodon.py writes it: in the JSON of the edit."""

import base64

import aiohttp

from tests.film import SOUND, made, needs_ffmpeg
from tests.web.apps import picture, say

pytestmark = needs_ffmpeg


def written(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


async def song(node, token, folder):
    form = aiohttp.FormData()
    form.add_field("file", made(folder, "a.mp3", *SOUND).read_bytes(), filename="a.mp3")
    form.add_field("thumbnail", picture(90, 60), filename="a.jpg", content_type="image/jpeg")
    return await node.api("POST", "/api/v1/media", token, data=form)


async def test_a_song_gets_another_picture_with_an_edit(node, tmp_path):
    token = node.token()
    one, free = await song(node, token, tmp_path), await song(node, token, tmp_path)
    said = await say(node, token, "listen", media_ids=[one["id"]])
    path = f"/api/v1/statuses/{said['id']}"
    sent = {"status": "listen", "media_ids": [one["id"]],
            "media_attributes": [{"id": one["id"], "thumbnail": written(picture(60, 90)), "description": "نشيد"},
                                 {"id": free["id"], "thumbnail": written(picture(60, 90))}]}  # fmt: skip
    [shown] = (await node.api("PUT", path, token, json=sent))["media_attachments"]
    assert shown["description"] == "نشيد" and shown["preview_url"] not in (None, one["preview_url"])
    kept = await node.api("GET", f"/api/v1/media/{free['id']}", token)
    assert kept["preview_url"] == free["preview_url"]  # of no status that is edited
    sent["media_attributes"] = [{"id": one["id"], "thumbnail": written(b"<svg/>")}]
    await node.api("PUT", path, token, json=sent, status=422)
    await node.api("PUT", path, node.token("yto"), json=sent, status=404)
