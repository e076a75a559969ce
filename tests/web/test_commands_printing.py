"""What commands print of other servers: a terminal obeys none of it, and a refusal says what happened."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from node.errors import Unreachable
from tests.conftest import free_port
from tests.peer import Peer
from tests.processes import tashbik
from tests.world import make_node
from web.commands.printing import printable, refusal

# a title for the window, red, back to the line's start, C1's own escape, right to left override, delete
NASTY = "\x1b]0;owned\x07\x1b[31mred\r\x9b2J\u202egnp.exe\x7f"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_node(tmp_path / "node", "http://127.0.0.1:1", development=True)
    return tmp_path / "node"


def assert_harmless(printed: str) -> None:
    assert [one for one in printed if not one.isprintable() and one != "\n"] == []


@pytest.mark.parametrize("options", [[], ["--json"]])
async def test_a_fetched_document_moves_no_cursor(data, options):
    async with Peer() as peer:
        whole: dict[str, Any] = {
            "name": f"Badr {NASTY}", "summary": f"<p>{NASTY}</p>", "url": f"{peer.origin}/@badr?{NASTY}",
            "attachment": [{"type": "PropertyValue", "name": NASTY, "value": NASTY}], "webfinger": f"b{NASTY}@x.example",
        }  # fmt: skip
        peer.documents["/users/badr"] = peer.actor(**whole)
        peer.note(1, f"<p>{NASTY}</p>", summary=NASTY, name=NASTY, tag=[{"type": "Hashtag", "name": f"#{NASTY}"}])
        for uri in (peer.uri, f"{peer.origin}/notes/1"):
            done = await asyncio.to_thread(tashbik, "fetch", uri, "--data", str(data), *options)
            assert "kept" in done.stdout
            assert_harmless(done.stdout)
            if options:
                assert json.loads(done.stdout)["uri"] == uri


async def test_what_a_peer_answers_instead_of_a_document_is_told_in_one_harmless_line(data):
    async with Peer() as peer:
        peer.documents["/users/odd"] = {"id": f"{peer.origin}/{NASTY}", "type": NASTY}
        for path in ("/users/odd", "/users/nobody"):
            done = await asyncio.to_thread(tashbik, "fetch", peer.origin + path, "--data", str(data), check=False)
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
            assert done.stderr.startswith("tashbik: ")
            assert peer.host in done.stderr
            assert_harmless(done.stderr)


def test_a_refusal_names_its_facts_and_no_secret():
    said = refusal(Unreachable("{host} did not answer.", host="a.example", status=502, url="x\x1b[2J", token="t0p"))

    assert said == "a.example did not answer. (status 502, url x·[2J)"


def test_a_failed_connection_is_told_by_its_cause(data):
    done = tashbik("fetch", f"http://127.0.0.1:{free_port()}/users/x", "--data", str(data), check=False)

    assert "Connect call failed" in done.stderr and "ConnectionKey" not in done.stderr
    done = tashbik("fetch", "http://10.1.2.3/users/x", "--data", str(data), check=False)
    assert "10.1.2.3 is not outside" in done.stderr and "ConnectionKey" not in done.stderr


def test_letters_of_all_languages_stand_as_they_are():
    assert printable("جمعية é ⵜⴰⵎⴰⵣⵉⵖⵜ 日本") == "جمعية é ⵜⴰⵎⴰⵣⵉⵖⵜ 日本"
