"""A film of a peer in a real Chromium: nothing is loaded before play is pressed, then it plays, and through us alone."""

import asyncio
from pathlib import Path

import pytest

from tests import browser as chromium
from tests.film import from_elsewhere, needs_ffmpeg

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
ASKED = "return performance.getEntriesByType('resource').map(one => one.name)"
PLAY = """
const done = arguments[arguments.length - 1], film = document.querySelector('video');
film.muted = true;
film.addEventListener('timeupdate', () => film.currentTime > 0.2 && done([film.videoWidth, film.error]));
film.addEventListener('error', () => done([0, String(film.error && film.error.message)]));
film.play().catch(error => done([0, String(error)]));
"""

pytestmark = [
    needs_ffmpeg,
    pytest.mark.slow,
    chromium.needs_chromium,
]


async def test_a_film_of_a_peer_plays_on_our_page(node, other, tmp_path):
    _film, seen = await from_elsewhere(node, other, tmp_path)
    page = f"{node.origin}/@amal@{other.host}/{seen['id']}?lang=ar"

    def look() -> None:
        with chromium.browser() as window:
            window.size(*chromium.PHONE)
            window.get(page)
            before = window.run(ASKED)
            assert seen["media_attachments"][0]["url"] not in before
            if AXE.exists():
                window.run(AXE.read_text())
                report = window.wait("const done = arguments[arguments.length - 1]; axe.run().then(done)")
                assert [one["id"] for one in report["violations"]] == []
            assert window.run("return document.documentElement.scrollWidth <= innerWidth")
            width, error = window.wait(PLAY)
            assert (width, error) == (320, None)
            assert {one.split("/")[2] for one in window.run(ASKED)} == {node.host}

    await asyncio.to_thread(look)
