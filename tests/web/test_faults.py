"""What a form refuses: what was typed is kept, the sentence stands at its field, is announced, and leads there."""

import re

import pytest

from tests.messages import ROOT
from tests.web.visitor import Visitor
from web import faults

WRONG = re.compile(r'<(?:input|textarea|select) id="fault" name="([\w-]+)"[^>]*aria-describedby="([\w -]+)"[^>]*aria-invalid="true"')  # fmt: skip


def told(page: str) -> str:
    """The name of the field that is marked; the sentence is announced, leads to it and stands beside it."""
    assert 'role="alert"' in page and 'href="#fault"' in page
    [(name, tied)] = WRONG.findall(page)
    assert "fault-e" in tied.split()
    sentence = re.search(r'href="#fault">([^<]+)</a>', page)
    assert sentence and f'id="fault-e">{sentence.group(1)}</p>' in page
    assert page.count('id="fault"') == page.count('for="fault"') == page.count('id="fault-e"') == 1
    return name


def test_every_sentence_is_one_that_somebody_is_told():
    """A sentence that was reworded would stand beside no field."""
    code = "".join(one.read_text() for room in ("node", "federation", "web") for one in (ROOT / room).rglob("*.py")
                   if one.name != "faults.py")  # fmt: skip
    assert [one for one in faults.FIELDS if f'"{one}"' not in code] == []


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("/new?kind=note", {"text": ""}, "text"),
        ("/new?kind=note", {"text": "x" * 6000}, "text"),
        ("/new?kind=need", {"title": "", "text": "kept as typed"}, "title"),
        ("/new?kind=offer", {"title": "kept as typed", "until": "2001-01-01"}, "until"),
        ("/new?kind=call", {"title": "kept as typed", "until": "2031-01-01", "link": "http://"}, "link"),
        ("/new/event", {"title": "", "place": "kept as typed"}, "title"),
        ("/new/event", {"title": "kept as typed", "day": "", "starts": ""}, "day"),
        ("/new/event", {"title": "kept as typed", "day": "2001-01-01", "starts": "09:00", "place": "x"}, "day"),
        ("/messages/new", {"to": "@nobody_here", "text": "kept as typed"}, "to"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_the_sentence_stands_at_its_field_and_nothing_is_lost(node, path, sent, field):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get(path)
        answer = await amal.send(page, path.partition("?")[0], do="publish", **sent)

    assert told(answer.text) == field
    assert all(value in answer.text for value in sent.values() if value == "kept as typed")


async def test_a_poll_of_one_option_says_where_the_other_is_missing(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/new?kind=question")
        answer = await amal.send(page, "/new", text="?", option=["one", ""], do="publish")

    assert 'value="one"' in answer.text and answer.text.count('aria-invalid="true"') == 1
    assert answer.text.index('value="one"') < answer.text.index('id="fault"') < answer.text.index('id="o2"')


async def test_who_asks_to_join_is_told_what_is_missing(node):
    asked = {"display": "منية", "name": "mounia", "password": "a long sentence", "reason": "أنا", "rules": "1"}
    async with Visitor(node) as mounia:
        page = await mounia.get("/join")
        answers = [
            (name, (await mounia.send(page, "/join", **{**asked, **change})).text)
            for name, change in (
                ("rules", {"rules": ""}),
                ("password", {"password": "short"}),
                ("name", {"name": "amal"}),
            )
        ]

    assert [(told(body) if name != "rules" else "rules") for name, body in answers] == ["rules", "password", "name"]
    without = answers[0][1]
    assert re.search(r'name="rules"[^>]*id="fault" aria-invalid="true" aria-describedby="fault-e"', without)
    assert all('value="منية"' in body and ">أنا</textarea>" in body.replace("\n", "") for _, body in answers)
    assert all(re.search(r'name="rules" value="1" required checked', body) for name, body in answers if name != "rules")


async def test_two_forms_with_a_password_tell_it_at_the_one_that_was_sent(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/me")
        address = await amal.send(page, "/me/email", password="wrong", email="amal@new.example")
        secret = await amal.send(page, "/me/password", password="wrong", new="another long one")

    assert told(address.text) == told(secret.text) == "password"
    where = address.text.index('action="/me/email"')
    assert address.text.index('id="fault"') > where and 'value="amal@new.example"' in address.text
    assert secret.text.index('id="fault"') < secret.text.index('action="/me/email"')
    assert re.search(r'<details class="fold" open><summary>[^<]*</summary><form class="stack" method="post" action="/me/email"', address.text)  # fmt: skip


async def test_desks_keep_the_name_that_they_do_not_know(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        desk = await amal.send(
            await amal.get("/manage/@tanmia"), "/manage/@tanmia/team", do="invite", who="nobody_here"
        )
        hosts = await amal.send(await amal.get("/admin"), "/admin/hosts", host="not a host", policy="block", reason="x")

    assert told(desk.text) == "who" and 'value="nobody_here"' in desk.text
    assert told(hosts.text) == "host" and 'value="not a host"' in hosts.text
    assert '<option value="block" selected>' in hosts.text
