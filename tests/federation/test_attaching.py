"""What hangs on an object is read from the shapes that servers send, and from none that they should not."""

from typing import Any

import pytest

from federation.kinds import attaching

EPISODE = {  # as Castopod 1.x serves it, shortened
    "type": "PodcastEpisode",
    "id": "https://pod.example/@radio/episodes/1",
    "description": {"type": "Note", "mediaType": "text/markdown", "content": "<p>عن الماء</p>"},
    "image": {"type": "Image", "mediaType": "image/jpeg", "url": "https://pod.example/media/1.jpg"},
    "audio": {
        "id": "https://pod.example/@radio/episodes/1",
        "type": "Audio",
        "name": "حلقة الماء",
        "size": 7_000_000,
        "duration": 1834,
        "url": {"href": "https://pod.example/audio/1.mp3", "type": "Link", "mediaType": "audio/mpeg"},
    },
}


def test_an_episode_holds_its_sound_and_has_a_picture():
    [found] = attaching.itself(EPISODE)
    assert (found["url"], found["type"], found["duration"]) == ("https://pod.example/audio/1.mp3", "audio/mpeg", 1834)
    assert (found["description"], found["size"]) == ("حلقة الماء", 7_000_000)
    assert found["poster"] == "https://pod.example/media/1.jpg"


def test_a_picture_may_be_the_object_itself():
    link = {"type": "Link", "mediaType": "image/jpeg", "href": "https://a.example/p.jpg", "width": 40, "height": 30}
    page = {"type": "Link", "mediaType": "text/html", "href": "https://a.example/photo/1"}
    [one] = attaching.itself({"type": "Image", "name": "سوق", "url": [page, link]})
    assert (one["url"], one["type"], one["description"], one["width"]) == (link["href"], "image/jpeg", "سوق", 40)
    assert attaching.itself({"type": "Image", "name": "سوق", "url": "https://a.example/photo/1"}) == []


def test_an_attachment_may_hold_links_in_a_list_and_its_own_poster():
    [found] = attaching.attachments({"attachment": {
        "type": "Document", "name": "well", "duration": "PT1M2.5S",
        "url": [{"type": "Link", "mediaType": "video/mp4", "href": "https://a.example/v.mp4"}],
        "icon": {"type": "Image", "url": "https://a.example/p.webp"},
    }})  # fmt: skip
    assert (found["type"], found["duration"], found["poster"]) == ("video/mp4", 62.5, "https://a.example/p.webp")
    [guessed] = attaching.attachments({"attachment": [{"type": "Document", "url": "https://a.example/a.ogg?x=1"}]})
    assert guessed["type"] == "audio/ogg"


def test_of_several_files_a_telephone_gets_the_one_that_it_shows():
    files = [{"type": "Link", "mediaType": "video/mp4", "href": f"https://a.example/{high}.mp4", "height": high}
             for high in (1080, 720, 480, 240)]  # fmt: skip
    assert attaching.itself({"type": "Video", "url": files})[0]["url"] == "https://a.example/480.mp4"
    assert attaching.itself({"type": "Video", "url": files[:2]})[0]["url"] == "https://a.example/720.mp4"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("PT1145S", 1145), ("PT1H2M3S", 3723), ("P1D", 86_400), (12.5, 12.5), ("PT", None), ("P", None), ("", None), (-3, None),
     (True, None), (10**12, None), (float("nan"), None), ("PT" + "9" * 40 + "S", None), (["PT1S"], None), (None, None)],
)  # fmt: skip
def test_a_length_is_a_length_or_nothing(value: Any, seconds: float | None):
    assert attaching.seconds(value) == seconds


ODD = [None, 5, True, "x", "javascript:alert(1)", "file:///etc/passwd", [], {}, [None, 5, {}, []], {"href": 5}, {"href": None},
       [{"href": "https://a.example/x", "mediaType": 5, "height": "tall", "size": -1, "tag": [{"tag": 3}, 7]}],
       {"type": "Link", "mediaType": "video/mp4", "href": "file:///etc/passwd"}, [["https://a.example/x"]]]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_shapes_are_passed_over(odd: Any):
    for name in (
        "url",
        "icon",
        "image",
        "audio",
        "video",
        "duration",
        "name",
        "width",
        "focalPoint",
        "attachment",
        "mediaType",
    ):
        whole = {"type": "Video", "url": "https://a.example/v.mp4"} | {name: odd}
        for found in attaching.itself(whole) + attaching.attachments({"attachment": [whole, odd]}):
            assert found["url"].startswith("https://")
            assert found["poster"] == "" or found["poster"].startswith("https://")
    assert attaching.itself({"type": ["Video"], "url": odd}) == []


@pytest.mark.parametrize(
    ("link", "kept"),
    [({"href": "https://peer.example/pictrs/x.jpg"}, "image/jpeg"),
     ({"href": "https://peer.example/pictrs/x", "mediaType": "image/png"}, "image/png"),
     ({"href": "https://peer.example/film.mp4?x=1"}, "video/mp4"),
     ({"href": "https://peer.example/logo.svg"}, None),
     ({"href": "https://news.example/article", "mediaType": "text/html; charset=utf-8"}, None),
     ({"href": 7}, None)],
)  # fmt: skip
def test_the_picture_that_a_link_leads_to_is_seen(link, kept):
    """A topic of Lemmy about a picture has it as a Link."""
    found = attaching.behind({"type": "Link", **link})
    assert [(one["type"], one["url"]) for one in found] == ([(kept, link["href"])] if kept else [])
