"""What a new follow brings into a home passes what its owner asked for: filters that drop, boosts, languages."""

from typing import Any

from tests.conftest import Node, until
from tests.federation.test_two_nodes import follow

DROPS = {"phrase": "thunder", "context": ["home"], "irreversible": True, "whole_word": True}


async def say(node: Node, text: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = await node.api("POST", "/api/v1/statuses", node.token(), json={"status": text, **more})
    return found


async def home(node: Node, token: str) -> list[str]:
    return [one["uri"] for one in await node.api("GET", "/api/v1/timelines/home", token)]


async def test_what_was_said_before_a_follow_passes_the_filters_that_drop(node: Node) -> None:
    yto = node.token("yto")
    kept, _ = await say(node, "quiet sky"), await say(node, "thunder tonight")
    poll = {"options": ["thunder", "rain"], "expires_in": 600}
    await say(node, "which?", poll=poll)
    await node.api("POST", "/api/v1/filters", yto, json=DROPS)
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", node.token())
    await node.api("POST", f"/api/v1/accounts/{me['id']}/follow", yto)
    assert await home(node, yto) == [kept["uri"]]


async def test_the_same_of_a_follow_that_another_node_accepts(node: Node, other: Node) -> None:
    amal, yto = node.token(), node.token("yto")
    await follow(node, amal, f"amal@{other.host}")
    kept, dropped = await say(other, "quiet sky"), await say(other, "thunder tonight")

    async def both() -> bool:
        return set(await home(node, amal)) == {kept["uri"], dropped["uri"]}

    await until(both)
    await node.api("POST", "/api/v1/filters", yto, json=DROPS)
    await follow(node, yto, f"amal@{other.host}")

    async def came() -> bool:
        return await home(node, yto) == [kept["uri"]]

    await until(came)


async def test_boosts_that_a_follow_leaves_out_stay_out(node: Node) -> None:
    yto = node.token("yto")
    own = await say(node, "mine")
    other = await node.api("POST", "/api/v1/statuses", node.token("amal", actor="tanmia"), json={"status": "theirs"})
    await node.api("POST", f"/api/v1/statuses/{other['id']}/reblog", node.token())
    me = await node.api("GET", "/api/v1/accounts/verify_credentials", node.token())
    await node.api("POST", f"/api/v1/accounts/{me['id']}/follow", yto, json={"reblogs": False})
    assert await home(node, yto) == [own["uri"]]
