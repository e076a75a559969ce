"""Two nodes of ours over real HTTP: what is done on one is seen on the other."""

from typing import Any

from tests.conftest import Node, until


async def follow(node: Node, token: str, handle: str, *, accepted: bool = True) -> dict[str, Any]:
    """The account that is followed from now on, by the word of both servers; asked for alone where nobody accepts yet."""
    found = await node.api("GET", f"/api/v2/search?resolve=true&q=@{handle}", token)
    account: dict[str, Any] = found["accounts"][0]
    await node.api("POST", f"/api/v1/accounts/{account['id']}/follow", token)

    async def following() -> bool:
        path = f"/api/v1/accounts/relationships?id[]={account['id']}"
        return bool((await node.api("GET", path, token))[0]["following"])

    if accepted:
        await until(following)
    return account


async def test_a_followed_person_is_read_answered_liked_and_passed_on(node, other):
    here, there = node.token(), other.token("amal")
    await follow(node, here, f"amal@{other.host}")
    said = await other.api("POST", "/api/v1/statuses", there, json={"status": "مرحبا #تشبيك", "language": "ar"})
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
    assert seen["uri"] == said["uri"]
    assert seen["language"] == "ar"
    assert [tag["name"] for tag in seen["tags"]] == ["تشبيك"]

    await node.api("POST", f"/api/v1/statuses/{seen['id']}/favourite", here)
    await node.api("POST", f"/api/v1/statuses/{seen['id']}/reblog", here)
    reply = {"status": f"@amal@{other.host} أهلا", "in_reply_to_id": seen["id"]}
    answered = await node.api("POST", "/api/v1/statuses", here, json=reply)

    async def counts() -> tuple[int, int, int]:
        now = await other.api("GET", f"/api/v1/statuses/{said['id']}", there)
        return now["favourites_count"], now["reblogs_count"], now["replies_count"]

    async def counted() -> bool:
        return await counts() == (1, 1, 1)

    await until(counted)
    kinds = {one["type"] for one in await other.api("GET", "/api/v1/notifications", there)}
    assert kinds == {"follow", "favourite", "reblog", "mention"}

    await node.api("POST", f"/api/v1/statuses/{seen['id']}/unfavourite", here)
    await node.api("POST", f"/api/v1/statuses/{seen['id']}/unreblog", here)
    await node.api("DELETE", f"/api/v1/statuses/{answered['id']}", here)

    async def gone() -> bool:
        return await counts() == (0, 0, 0)

    await until(gone)


async def test_an_edit_and_a_deletion_arrive(node, other):
    here, there = node.token(), other.token()
    await follow(node, here, f"amal@{other.host}")
    said = await other.api("POST", "/api/v1/statuses", there, json={"status": "first"})
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))

    await other.api("PUT", f"/api/v1/statuses/{said['id']}", there, json={"status": "second"})

    async def edited() -> bool:
        return "second" in (await node.api("GET", f"/api/v1/statuses/{seen['id']}", here))["content"]

    await until(edited)
    await other.api("DELETE", f"/api/v1/statuses/{said['id']}", there)
    await until(lambda: node.read(lambda db: db.value("select count(*) = 0 from posts")))
    answer = await other.get(said["uri"].removeprefix(other.origin))
    assert answer.status == 410
    assert (await answer.json(content_type=None))["type"] == "Tombstone"


async def test_two_edits_within_a_second_both_arrive(node, other):
    here, there = node.token(), other.token()
    await follow(node, here, f"amal@{other.host}")
    said = await other.api("POST", "/api/v1/statuses", there, json={"status": "first"})
    [seen] = await until(lambda: node.api("GET", "/api/v1/timelines/home", here))
    for words in ("second", "third"):
        await other.api("PUT", f"/api/v1/statuses/{said['id']}", there, json={"status": words})

    async def edited() -> bool:
        return "third" in (await node.api("GET", f"/api/v1/statuses/{seen['id']}", here))["content"]

    await until(edited)


async def test_one_who_approves_is_followed_only_after_she_did(node, other):
    here, hers = node.token(), other.token("yto")
    account = await follow(node, here, f"yto@{other.host}", accepted=False)
    [request] = await until(lambda: other.api("GET", "/api/v1/follow_requests", hers))
    before = (await node.api("GET", f"/api/v1/accounts/relationships?id[]={account['id']}", here))[0]
    assert (before["following"], before["requested"]) == (False, True)

    await other.api("POST", f"/api/v1/follow_requests/{request['id']}/authorize", hers)

    async def following() -> bool:
        return (await node.api("GET", f"/api/v1/accounts/relationships?id[]={account['id']}", here))[0]["following"]

    await until(following)


async def test_a_direct_message_reaches_one_person_and_nobody_else(node, other):
    here, there = node.token(), other.token()
    words = {"status": f"@amal@{other.host} for you alone", "visibility": "direct"}
    said = await node.api("POST", "/api/v1/statuses", here, json=words)
    [told] = await until(lambda: other.api("GET", "/api/v1/notifications", there))
    assert told["status"]["visibility"] == "direct"
    await other.api("GET", f"/api/v1/statuses/{told['status']['id']}", other.token("yto"), status=404)
    assert (await node.get(said["uri"].removeprefix(node.origin))).status == 404
    assert (await node.get(said["uri"].removeprefix(node.origin) + "/activity")).status == 404
    assert said["uri"] not in await (await node.get("/users/amal/outbox?before=0")).text()
