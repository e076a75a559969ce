"""A moderator elsewhere warns one of our members of what she wrote there (Lemmy 1.0): she alone is told, and why."""

import pytest

from federation import vocabulary as v
from node.network import moderation
from node.people import actors
from tests.conftest import until
from tests.federation import forum_world as w
from tests.federation.test_forums_theirs import main  # noqa: F401
from tests.web.visitor import Visitor


def warning(peer, number, actor, post, place, **more):
    return {"@context": v.AS2, "id": f"{peer.origin}/warn/{number}", "type": "Warn", "actor": actor, "object": post["uri"],
            "to": ["someone"], "summary": "Restez <b>poli</b>.", "audience": place, **more}  # fmt: skip


async def acted(node, number):
    await until(lambda: node.read(lambda db: db.value(
        "select 1 from received where state = 'done' and activity || ' ' like ?", (f"%/warn/{number} %",))))  # fmt: skip


@pytest.fixture
async def topic(node, main):  # noqa: F811
    return await w.write(node, "yto", "Bande de nuls", title="Puits", place=main)


async def test_she_reads_why_and_the_log_says_it(node, peer, main, topic):  # noqa: F811
    mod = f"{peer.origin}/users/mod"
    for number in (1, 1, 2):
        await w.say(peer, node, warning(peer, number, mod, topic, main))
    await acted(node, 2)
    async with Visitor(node) as yto, Visitor(node) as amal:
        await yto.log_in("yto")
        await amal.log_in()
        told = await yto.get("/notifications")
        assert told.words.count("warns you because of what you wrote") == 1 and "Restez poli." in told.words
        assert "warns you" not in (await amal.get("/notifications")).words
        log = await amal.get(f"/f/main@{peer.host}/log")
        assert "Its author was warned" in log.words and "Restez poli." in log.words
        assert "Puits" in (await amal.get(f"/t/{topic['id']}")).words, "it stays where it is"
    assert await node.api("GET", "/api/v1/notifications", node.token("yto")) == [], "no app knows such a thing"


async def test_nobody_else_warns(node, peer, main, topic):  # noqa: F811
    place = await node.read(actors.by_uri, main)
    two = w.group(peer, "two", [])
    wrong = [
        warning(peer, 1, f"{peer.origin}/users/mod", topic, two),
        warning(peer, 2, f"{peer.origin}/users/mod", {"uri": node.uri("yto")}, main),
        warning(peer, 4, w.actor(peer, "rude"), topic, main),
    ]
    for one in wrong:
        await w.say(peer, node, one)
    eau = await w.open_forum(node)
    mine = await w.write(node, "yto", "Ici", title="Ici", place=eau["uri"])
    await w.say(peer, node, warning(peer, 3, w.actor(peer, "stranger"), mine, eau["uri"]))
    for number in (1, 2, 3, 4):
        await acted(node, number)
    assert await node.read(lambda db: db.value("select count(*) from notifications where kind = 'warned'")) == 0
    for one in (place, eau):
        assert [row["act"] for row in await node.read(moderation.log, one["id"])] == []
