"""Lists on pages: made, filled with whom one follows, read, changed and ended; nobody else's, and not the node's."""

import pytest

from federation import actors as documents
from node.people import actors, follows
from node.posts import lists
from tests.web.apps import account_of, follow, say
from tests.web.visitor import Visitor


async def lists_of(node, name: str = "yto") -> list[dict]:
    """Her own, without those that the node keeps."""
    return [one for one in await node.api("GET", "/api/v1/lists", node.token(name)) if int(one["id"]) > 99]


async def people_in(node, number: str, name: str = "yto") -> set[str]:
    return {one["username"] for one in await node.api("GET", f"/api/v1/lists/{number}/accounts", node.token(name))}


async def make_list(node, title: str = "Eau", *names: str) -> str:
    token = node.token("yto")
    made = await node.api("POST", "/api/v1/lists", token, json={"title": title})
    wanted = [await follow(node, token, name) for name in names]
    if wanted:
        await node.api("POST", f"/api/v1/lists/{made['id']}/accounts", token, json={"account_ids": wanted})
    return str(made["id"])


async def test_a_member_makes_a_list_fills_it_reads_it_and_ends_it(node):
    for name in ("amal", "tanmia"):
        await follow(node, node.token("yto"), name)
    await say(node, node.token(actor="tanmia"), "la pompe est réparée")
    await say(node, node.token(), "rien à voir")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert 'href="/lists"' in (await yto.get("/feed")).text and 'href="/lists"' in (await yto.get("/me")).text
        page = await yto.send(await yto.get("/lists"), "/lists", title="Eau", replies="none", exclusive="1")
        [made] = await lists_of(node)
        assert (made["title"], made["replies_policy"], made["exclusive"]) == ("Eau", "none", True)
        number = made["id"]
        assert page.url.startswith(f"/lists/{number}/edit") and "Now put somebody in it." in page.words
        assert "أمل" in page.words and "جمعية التنمية" in page.words

        found = await yto.get(f"/lists/{number}/edit?q=tanm")
        assert "أمل" not in found.words
        page = await yto.send(found, f"/lists/{number}/people", do="add")
        assert await people_in(node, number) == {"tanmia"} and page.url == f"/lists/{number}/edit?q=tanm"
        await yto.send(found, f"/lists/{number}/people", do="add")  # twice is once
        page = await yto.get(f"/lists/{number}")
        assert "la pompe est réparée" in page.words and "rien à voir" not in page.words
        assert "1 account" in (await yto.get("/lists")).words

        page = await yto.send(
            await yto.get(f"/lists/{number}/edit"), f"/lists/{number}/edit", title="Puits", exclusive=None
        )
        [changed] = await lists_of(node)
        assert (changed["title"], changed["replies_policy"], changed["exclusive"]) == ("Puits", "none", False)
        page = await yto.send(page, f"/lists/{number}/people", do="remove")
        assert await people_in(node, number) == set()
        assert "Nobody stands in this list yet" in (await yto.get(f"/lists/{number}")).words
        page = await yto.send(page, f"/lists/{number}/end")
        assert "The list is gone" in page.words and await lists_of(node) == []


async def test_a_list_without_a_title_is_refused_and_nothing_forgotten(node):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        refused = await yto.send(await yto.get("/lists"), "/lists", title="  ", exclusive="1")
        assert refused.status == 400 and "A list needs a title." in refused.words
        assert refused.form("/lists").value("exclusive") == "1"
        number = await make_list(node)
        page = await yto.get(f"/lists/{number}/edit")
        refused = await yto.send(page, f"/lists/{number}/edit", title="")
        assert refused.status == 400 and (await lists_of(node))[0]["title"] == "Eau"
        refused = await yto.send(page, f"/lists/{number}/edit", title="x", replies="all")
        assert refused.status == 400


async def test_whom_she_does_not_follow_cannot_be_put_in(node):
    number = await make_list(node)
    stranger = await account_of(node, "tanmia")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        token = (await yto.get(f"/lists/{number}/edit")).form(f"/lists/{number}/edit").value("csrf")
        sent = {"csrf": token, "who": stranger, "do": "add"}
        assert (await yto.post(f"/lists/{number}/people", sent)).status == 404
        page = await yto.get("/@tanmia/lists")
        assert "Only those whom you follow" in page.words
        assert (await yto.post("/@tanmia/lists", {"csrf": token, "list": number})).status == 404
    assert await people_in(node, number) == set()


async def test_anothers_list_is_nobodys(node):
    number = await make_list(node, "privée", "tanmia")
    async with Visitor(node) as amal:
        await amal.log_in("amal")
        token = (await amal.get("/lists")).form("/lists").value("csrf")
        for path in (f"/lists/{number}", f"/lists/{number}/edit"):
            page = await amal.get(path)
            assert page.status == 404 and "privée" not in page.words
        tanmia = await account_of(node, "tanmia")
        for path, more in (
            ("/edit", {"title": "mine", "replies": "list"}),
            ("/people", {"who": tanmia, "do": "remove"}),
        ):
            assert (await amal.post(f"/lists/{number}{path}", {"csrf": token, **more})).status == 404
        await amal.post(f"/lists/{number}/end", {"csrf": token})
        assert (await amal.post(f"/lists/{number}/end", {})).status == 403
    assert await people_in(node, number) == {"tanmia"} and (await lists_of(node))[0]["title"] == "privée"


@pytest.mark.parametrize("number", [lists.EVENTS, lists.REGION])
async def test_the_lists_of_the_node_are_read_and_not_changed(node, number):
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/lists")
        assert f"/lists/{number}" in page.text and f"/lists/{number}/edit" not in page.text
        shown = await yto.get(f"/lists/{number}")
        assert shown.status == 200 and "/edit" not in shown.text
        assert (await yto.get(f"/lists/{number}/edit")).status == 404
        token = page.form("/lists").value("csrf")
        for path, more in (
            ("edit", {"title": "x", "replies": "list"}),
            ("end", {}),
            ("people", {"who": "1", "do": "add"}),
        ):
            refused = await yto.post(f"/lists/{number}/{path}", {"csrf": token, **more})
            assert refused.status in (403, 404), path


async def test_from_an_accounts_page_it_is_put_in_lists(node):
    eau, culture = await make_list(node, "Eau", "tanmia"), await make_list(node, "Culture")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        assert "/@tanmia/lists" in (await yto.get("/@tanmia")).text
        page = await yto.get("/@tanmia/lists")
        form = page.form("/@tanmia/lists")
        assert [value for name, value in form.fields if name == "list"] == [eau]
        await yto.send(page, "/@tanmia/lists", list=culture)
        assert await people_in(node, eau) == set() and await people_in(node, culture) == {"tanmia"}
        await yto.send(page, "/@tanmia/lists", list=[])
        assert await people_in(node, culture) == set()


async def test_a_long_list_is_read_by_the_page_with_her_filters(node):
    number = await make_list(node, "Eau", "tanmia")
    tanmia = node.token(actor="tanmia")
    for n in range(30):
        await say(node, tanmia, f"derby {n}." if n % 2 else f"nouvelle {n}.")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        first = await yto.get(f"/lists/{number}")
        older = next(line for line in first.text.split('"') if line.startswith(f"/lists/{number}?max_id="))
        second = await yto.get(older)
        both = [n for page in (first, second) for n in range(30) if f" {n}." in page.words]
        assert len(both) == 30 and set(both) == set(range(30))
        sent = {
            "title": "foot",
            "context": ["home"],
            "filter_action": "hide",
            "keywords_attributes": [{"keyword": "derby"}],
        }
        await node.api("POST", "/api/v2/filters", node.token("yto"), json=sent)
        page = await yto.get(f"/lists/{number}")
        assert "derby" not in page.words and "nouvelle 0." in page.words


async def test_people_of_a_long_list_come_forty_at_a_time(node):
    number = int(await make_list(node))
    yto = int(await account_of(node, "yto"))

    def fill(db) -> None:
        for n in range(45):
            made = documents.create(db, "Person", f"voisin{n}", 1000 + n)
            follows.keep(db, yto, made, f"https://x.example/{n}", True, 1000 + n)
            lists.add(db, yto, number, [made], 5000 + n)

    await node.write(fill)
    async with Visitor(node) as visitor:
        await visitor.log_in("yto")
        page = await visitor.get(f"/lists/{number}/edit")
        older = next(line for line in page.text.split('"') if "before=" in line)
        rest = await visitor.get(older)
        seen = [n for one in (page, rest) for n in range(45) if f"@voisin{n} " in one.words + " "]
        assert sorted(seen) == list(range(45))
        assert "45 accounts" in (await visitor.get("/lists")).words


async def test_a_name_is_found_in_part_and_in_either_case(node):
    await follow(node, node.token("yto"), "tanmia")
    number = int(await make_list(node))
    yto = int(await account_of(node, "yto"))
    await node.write(lambda db: actors.change(db, actors.ours(db, "tanmia")["id"], 1, displays={"fr": "Développement"}))
    for text, found in (("TANM", 1), ("التنمية", 1), ("LOPPEMENT", 1), ("%", 0), ("amal", 0), ("", 1)):
        assert len(await node.read(lists.outside, yto, number, text, 20)) == found, text


async def test_how_an_account_is_followed_is_chosen_on_a_page(node):
    number = await make_list(node, "Eau", "tanmia")
    tanmia = await account_of(node, "tanmia")

    async def stands() -> tuple[bool, bool, bool]:
        [found] = await node.api("GET", f"/api/v1/accounts/relationships?id[]={tanmia}", node.token("yto"))
        return found["showing_reblogs"], found["notifying"], "tanmia" in await people_in(node, number)

    async with Visitor(node) as yto:
        await yto.log_in("yto")
        page = await yto.get("/@tanmia/lists")
        assert await stands() == (True, False, True)
        await yto.send(page, "/@tanmia/lists", notify="1", boosts=None)
        assert await stands() == (False, True, True)
        await say(node, node.token(actor="tanmia"), "réunion samedi")
        assert "réunion samedi" in (await yto.get("/notifications")).words
        page = await yto.get("/@tanmia/lists")
        form = page.form("/@tanmia/lists")
        assert (form.value("notify"), form.value("boosts")) == ("1", "")
        await yto.send(page, "/@tanmia/lists", list=[], boosts="1")
        assert await stands() == (True, True, False)
