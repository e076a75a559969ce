"""Collections of accounts, as apps of Mastodon 4.6 keep them; each answer is held against the schemas (Node.api)."""

from tests.web.apps import account_of

SCOPES = "read write follow push"


async def found(node, name):
    """The account, which wishes to be found."""
    token = node.token(name)
    await node.api("PATCH", "/api/v1/accounts/update_credentials", token, data={"discoverable": "true"})
    return await account_of(node, name)


async def make(node, token, **sent):
    made = await node.api(
        "POST", "/api/v1/collections", token, data={"name": "نساء الماء", "discoverable": "1", **sent}
    )
    return made["collection"]


async def test_a_collection_is_made_read_changed_and_deleted(node):
    token, amal = node.token(), await account_of(node, "amal")
    made = await make(node, token, description="من يصلح الآبار", language="ar", tag_name="#ماء")
    assert (made["name"], made["tag"]["name"], made["item_count"], made["local"]) == ("نساء الماء", "ماء", 0, True)
    path = f"/api/v1/collections/{made['id']}"
    read = await node.api("GET", path)
    assert (read["collection"], [one["id"] for one in read["accounts"]]) == (made, [amal])
    changed = await node.api("PATCH", path, token, json={"name": "other", "sensitive": True})
    assert changed["collection"] | {"updated_at": ""} == made | {"name": "other", "sensitive": True, "updated_at": ""}
    listed = await node.api("GET", f"/api/v1/accounts/{amal}/collections?limit=1")
    assert [one["id"] for one in listed["collections"]] == [made["id"]]
    assert (await node.api("GET", f"/api/v1/accounts/{amal}/collections?offset=1"))["collections"] == []
    assert await node.api("DELETE", path, token) == {}
    await node.api("GET", path, status=404)


async def test_who_is_put_in_is_told_and_may_leave_for_good(node):
    token, yto, hers = node.token(), node.token("yto"), await found(node, "yto")
    made = await make(node, token, **{"account_ids[]": hers})
    [item] = made["items"]
    assert (item["account_id"], item["state"]) == (hers, "accepted")
    [told] = await node.api("GET", "/api/v1/notifications?types[]=added_to_collection&supported_types[]=follow", yto)
    assert (told["type"], told["collection"]["id"], bool(told["fallback"]["title"])) == (
        "added_to_collection",
        made["id"],
        True,
    )
    one = await node.api("GET", f"/api/v1/notifications/{told['id']}?supported_types[]=added_to_collection", yto)
    assert "fallback" not in one
    assert await node.api("GET", "/api/v1/notifications", yto) == []  # apps that know nothing of it are not told
    standing = await node.api("GET", f"/api/v1/accounts/{hers}/in_collections", yto)
    assert [one["id"] for one in standing["collections"]] == [made["id"]]
    await node.api("GET", f"/api/v1/accounts/{hers}/in_collections", token, status=403)
    path = f"/api/v1/collections/{made['id']}/items"
    await node.api("POST", f"{path}/{item['id']}/revoke", token, status=403)
    assert await node.api("POST", f"{path}/{item['id']}/revoke", yto) == {}
    assert (await node.api("GET", f"/api/v1/collections/{made['id']}"))["collection"]["items"] == []
    assert (await node.api("GET", f"/api/v1/accounts/{hers}/in_collections", yto))["collections"] == []
    await node.api("POST", path, token, data={"account_id": hers}, status=422)


async def test_only_who_wishes_to_be_found_is_put_in(node):
    token, hers = node.token(), await found(node, "yto")
    made = await make(node, token)
    path = f"/api/v1/collections/{made['id']}/items"
    await node.api("PATCH", "/api/v1/accounts/update_credentials", node.token("yto"), data={"discoverable": "false"})
    await node.api("POST", path, token, data={"account_id": hers}, status=403)
    await found(node, "yto")
    added = await node.api("POST", path, token, data={"account_id": hers})
    assert added["collection_item"]["account_id"] == hers
    await node.api("POST", path, node.token("yto"), data={"account_id": hers}, status=403)
    await node.api("POST", path, token, data={"account_id": "99"}, status=404)


async def test_whom_somebody_blocks_sees_none_of_it_and_stands_in_nothing_of_hers(node):
    token, yto, hers = node.token(), node.token("yto"), await found(node, "yto")
    made = await make(node, token, **{"account_ids[]": hers})
    amal = made["account_id"]
    await node.api("POST", f"/api/v1/accounts/{amal}/block", yto)
    assert (await node.api("GET", f"/api/v1/collections/{made['id']}"))["collection"]["items"] == []
    await node.api("GET", f"/api/v1/collections/{made['id']}", yto, status=404)
    assert (await node.api("GET", f"/api/v1/accounts/{amal}/collections", yto))["collections"] == []


async def test_what_is_not_to_be_found_is_shown_by_its_address_alone(node):
    token, yto = node.token(), node.token("yto")
    made = await make(node, token, discoverable="0")
    path = f"/api/v1/accounts/{made['account_id']}/collections"
    assert (await node.api("GET", path, yto))["collections"] == [] == (await node.api("GET", path))["collections"]
    assert len((await node.api("GET", path, token))["collections"]) == 1
    assert (await node.api("GET", f"/api/v1/collections/{made['id']}", yto))["collection"]["id"] == made["id"]


async def test_strange_words_and_too_many_are_refused(node):
    token = node.token()
    for sent in (
        {"name": ""},
        {"name": "x" * 41},
        {"name": "x", "description": "x" * 101},
        {"name": "x", "tag_name": "a b"},
    ):
        await node.api("POST", "/api/v1/collections", token, data=sent, status=422)
    made = [await make(node, token) for _ in range(10)]
    await node.api("POST", "/api/v1/collections", token, data={"name": "x"}, status=422)
    await node.api("POST", "/api/v1/collections", node.token("yto", "read"), data={"name": "x"}, status=403)
    await node.api("PATCH", f"/api/v1/collections/{made[0]['id']}", node.token("yto"), data={"name": "x"}, status=403)
    await node.api("DELETE", f"/api/v1/collections/{made[0]['id']}", node.token("yto"), status=403)


async def test_what_an_app_is_not_shown_is_not_counted_as_unread(node):
    hers = await found(node, "yto")
    await make(node, node.token(), **{"account_ids[]": hers})
    assert (await node.api("GET", "/api/v1/notifications/unread_count", node.token("yto")))["count"] == 0
