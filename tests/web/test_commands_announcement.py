"""What the operator announces is read in apps until its last day, or until it is withdrawn."""

import json

from click.testing import CliRunner, Result

from node.posts import announcements
from tests.conftest import Node
from web.commands.table import tashbik


def asked(node: Node, *words: str) -> Result:
    return CliRunner().invoke(tashbik, ["announcement", *words, "--data", str(node.folder)])


async def test_an_announcement_is_read_and_withdrawn(node: Node) -> None:
    said = asked(node, "publish", "لقاء يوم السبت <b>\n\nhttps://example.org/x", "--until", "2099-01-31")
    assert said.exit_code == 0, said.output
    number = said.output.partition(":")[0]
    [shown] = await node.api("GET", "/api/v1/announcements", node.token())
    assert (shown["id"], shown["ends_at"]) == (number, "2099-01-31T22:59:59.000Z")
    assert "لقاء يوم السبت &lt;b&gt;" in shown["content"] and 'href="https://example.org/x"' in shown["content"]
    [listed] = json.loads(asked(node, "list", "--json").output)
    assert listed["id"] == number and "لقاء" in asked(node, "list").output
    assert asked(node, "withdraw", number).exit_code == 0
    assert await node.api("GET", "/api/v1/announcements", node.token()) == []


async def test_what_cannot_be_announced_is_refused(node: Node) -> None:
    for words in (("publish", " "), ("publish", "x", "--until", "2020-01-31"), ("publish", "x", "--until", "soon"),
                  ("withdraw", "1")):  # fmt: skip
        assert asked(node, *words).exit_code != 0, words
    assert await node.read(lambda db: announcements.current(db, 0, 0)) == []
