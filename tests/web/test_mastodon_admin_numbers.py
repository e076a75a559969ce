"""What moderators count and judge through the API: measures, cohorts, trends."""

import pytest

from tests.web.apps import say
from tests.web.moderators import ADMIN, report

JANUARY = 1_767_571_200_000  # 5 January 2026


async def test_numbers_are_counted_from_what_is_there(node):
    admin = node.token(scopes=ADMIN)
    said = await say(node, node.token("yto"), "words #water")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", node.token())
    await report(node)
    keys = [
        "active_users",
        "new_users",
        "interactions",
        "opened_reports",
        "resolved_reports",
        "instance_accounts",
        "nonsense",
    ]
    sent = {
        "keys": keys,
        "start_at": "2020-01-01",
        "end_at": "2100-01-01",
        "instance_accounts": {"domain": "x.example"},
    }
    found = {one["key"]: one for one in await node.api("POST", "/api/v1/admin/measures", admin, json=sent)}
    assert set(found) == set(keys) - {"nonsense"}
    assert (found["interactions"]["total"], found["opened_reports"]["total"]) == ("1", "1")
    assert len(found["interactions"]["data"]) == 366
    keys = ["languages", "servers", "space_usage", "software_versions", "instance_languages", "tag_servers"]
    made = {
        one["key"]: one["data"]
        for one in await node.api("POST", "/api/v1/admin/dimensions", admin, json={"keys": keys})
    }
    assert int(made["space_usage"][0]["value"]) > 0 and made["servers"][0]["value"] == "2"
    assert {one["key"] for one in made["software_versions"]} == {"tashbik", "python", "sqlite"}


@pytest.mark.parametrize("frequency", ["day", "month"])
async def test_of_each_cohort_those_are_counted_who_came_back(node, frequency):
    admin = node.token(scopes=ADMIN)
    await node.api("GET", "/api/v1/accounts/verify_credentials", admin)  # her own visit of today is noted before
    await node.write(
        lambda db: db.execute("update users set created = ?, seen = ?", (JANUARY, JANUARY + 40 * 86_400_000)).rowcount
    )
    sent = {"start_at": "2026-01-01", "end_at": "2026-03-31", "frequency": frequency}
    cohorts = await node.api("POST", "/api/v1/admin/retention", admin, json=sent)
    first = next(one for one in cohorts if one["data"][0]["value"] == "2")
    assert first["period"].startswith("2026-01" if frequency == "month" else "2026-01-05")
    assert (first["data"][1]["rate"], first["data"][-1]["rate"]) == (1.0, 0.0)


@pytest.mark.parametrize("sent", [{"start_at": "nonsense"}, {"start_at": "2026-02-01", "end_at": "2026-01-01"},
                                  {"start_at": "9999-12-31T23:59:59Z"}])  # fmt: skip
async def test_a_time_that_is_none_is_refused(node, sent):
    for path in ("measures", "dimensions", "retention"):
        await node.api(
            "POST", f"/api/v1/admin/{path}", node.token(scopes=ADMIN), json=sent | {"keys": ["new_users"]}, status=422
        )


async def test_what_is_read_most_is_judged(node):
    admin = node.token(scopes=ADMIN)
    said = await say(node, node.token("yto"), "words #water")
    await say(node, node.token(), "more #water")
    await node.api("POST", f"/api/v1/statuses/{said['id']}/favourite", node.token())
    assert (
        len(await node.api("GET", "/api/v1/trends/statuses")) == 1
        and len(await node.api("GET", "/api/v1/trends/tags")) == 1
    )
    [tag] = await node.api("GET", "/api/v1/admin/trends/tags", admin)
    assert tag["trendable"]
    await node.api("POST", f"/api/v1/admin/trends/statuses/{said['id']}/reject", admin)
    await node.api("POST", f"/api/v1/admin/trends/tags/{tag['id']}/reject", admin)
    assert await node.api("GET", "/api/v1/trends/statuses") == [] and await node.api("GET", "/api/v1/trends/tags") == []
    [again] = await node.api("GET", "/api/v1/admin/trends/tags", admin)
    assert not again["trendable"] and len(await node.api("GET", "/api/v1/admin/trends/statuses", admin)) == 1
    await node.api("POST", f"/api/v1/admin/trends/statuses/{said['id']}/approve", admin)
    assert len(await node.api("GET", "/api/v1/trends/statuses")) == 1
    assert await node.api("GET", "/api/v1/admin/trends/links", admin) == []
