"""News by letter: what a digest tells and what it never tells, how it ends without a log-in, when it comes."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from federation import groups
from federation.bridge import now
from federation.mail import LARGEST as LARGEST_LETTER
from federation.mail import Words, compose
from node import settings
from node.people import digests, users
from tests import mailbox
from tests.conftest import Node, until
from tests.mailbox import Mailbox, connect
from tests.web.joining import one
from tests.web.visitor import Visitor
from web.digests import LARGEST

DAY = 86_400_000
LINK = re.compile(r'https?://[^\s"<>]+')


async def asked_for(node: Node, every: str = "week", name: str = "amal") -> str:
    """She has asked for letters; the path that ends them."""

    def ask(db):
        user = users.by_name(db, name)["id"]
        digests.choose(db, user, every, now() - DAY)
        return digests.secret_of(db, user)

    return f"/digest/{await node.write(ask)}"


async def morning(node: Node) -> None:
    """Her letter is due."""

    def ring(db):
        db.execute("update digests set due = 1")
        db.wake("mails")

    await node.write(ring)


async def say(node: Node, name: str, words: str, **more: str) -> dict:
    token = node.token(name, actor=more.pop("actor", None))
    return await node.api("POST", "/api/v1/statuses", token, data={"status": words, "visibility": "public"} | more)


async def follow(node: Node, who: str, name: str = "amal") -> None:
    token = node.token(name)
    found = await node.api("GET", f"/api/v1/accounts/lookup?acct={who}", token)
    await node.api("POST", f"/api/v1/accounts/{found['id']}/follow", token)


async def in_a_forum(node: Node) -> None:
    def make(db):
        groups.open_forum(db, "eau", {"ar": "الماء", "fr": "L'eau"}, [users.by_name(db, "yto")["actor"]], now())

    await node.write(make)
    await follow(node, "eau")


# ── what it says ──────────────────────────────────────────────────────────────


async def test_a_digest_tells_by_subject_and_says_the_same_twice(node):
    async with Mailbox() as box:
        await connect(node, box)
        path = await asked_for(node)
        await in_a_forum(node)
        await follow(node, "tanmia")
        await say(node, "yto", "@eau بئر جديدة في الدوار\n\nمن يعرف من حفرها؟")
        await say(node, "yto", "اجتماع الجمعية يوم السبت", actor="tanmia")
        await morning(node)
        letter = await box.next()

    text, html = mailbox.text(letter), mailbox.html(letter)
    assert letter["To"] == "amal@example.org" and letter["Subject"] == "جديد الأسبوع · شبكة الواحة"
    assert '<html lang="ar' in html and 'dir="rtl"' in html
    for said in (
        "بئر جديدة في الدوار",
        "اجتماع الجمعية يوم السبت",
        "مواضيع في منتدياتك",
        "الجمعيات",
        "كل أسبوع لأنك طلبتها",
    ):
        assert said in text and said in html, said
    assert set(LINK.findall(html)) == set(LINK.findall(text)), "the same links in both"
    assert f"{node.origin}{path}" in text
    assert not re.search(r"<(table|img|script|link|iframe|td)\b|url\(|utm_", html)
    assert {found.partition("/digest/")[0].split("/", 3)[2] for found in LINK.findall(html)} == {node.host}


async def test_its_head_lets_a_mail_program_end_it(node):
    async with Mailbox() as box, Visitor(node) as robot:
        await connect(node, box)
        path = await asked_for(node)
        await follow(node, "yto")
        await node.write(lambda db: db.execute("update follows set state = 'accepted'"))
        await say(node, "yto", "شيء جديد")
        await morning(node)
        await box.next()
        head = box.raw[0].split(b"\r\n\r\n")[0].decode()
        assert f"List-Unsubscribe: <{node.origin}{path}>\r\n" in head, "on one line and as it is"
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head

        done = await robot.post(path, {"List-Unsubscribe": "One-Click"})
        assert done.status == 200
        assert await one(node, "select count(*) from digests") == 0
        assert (await robot.get(path)).status == 404 and (await robot.post(path, {})).status == 404


async def test_an_address_of_any_length_stands_whole_in_the_head():
    end = "https://" + "a" * 60 + ".example.ma/digest/" + "x" * 24
    letter = compose(
        Words("s", "t", "<p>t", "ar", end), "a@example.org", "post@node.example", "n", "node.example", now()
    )
    assert f"List-Unsubscribe: <{end}>\r\n".encode() in letter.as_bytes(
        policy=letter.policy.clone(linesep="\r\n", max_line_length=76)
    )


async def test_what_is_not_public_hers_or_filtered_is_in_no_letter(node):
    async with Mailbox() as box:
        await connect(node, box)
        await asked_for(node)
        await follow(node, "yto")
        await node.write(lambda db: db.execute("update follows set state = 'accepted'"))
        await node.api("POST", "/api/v2/filters", node.token(), data={
            "title": "x", "context[]": "home", "keywords_attributes[0][keyword]": "كرة",
        })  # fmt: skip
        first = await say(node, "yto", "كلام للجميع")
        await say(node, "yto", "كلام للمتابعين وحدهم", visibility="private")
        await say(node, "yto", "@amal كلام بيننا", visibility="direct")
        await say(node, "yto", "مباراة كرة القدم")
        await say(node, "yto", "كلام مخفي", spoiler_text="تحذير من الكلام")
        await say(node, "yto", "جواب على كلامي", in_reply_to_id=first["id"])
        await say(node, "amal", "كلامي أنا")
        gone = await say(node, "yto", "كلام محذوف")
        await node.api("DELETE", f"/api/v1/statuses/{gone['id']}", node.token("yto"))
        await morning(node)
        letter = await box.next()

    for whole in (mailbox.text(letter), mailbox.html(letter)):
        assert "كلام للجميع" in whole and "تحذير من الكلام" in whole
        assert "رسالة واحدة تنتظرك" in whole, "that a message waits, and no word of it"
        for hidden in ("وحدهم", "بيننا", "كرة", "مخفي", "جواب على", "كلامي أنا", "محذوف"):
            assert hidden not in whole, hidden


async def test_words_of_others_are_no_html_and_move_no_line(node):
    async with Mailbox() as box:
        await connect(node, box)
        await asked_for(node)
        await follow(node, "tanmia")
        await say(node, "yto", "<img src=x onerror=alert(1)>\u202e مقلوب", actor="tanmia")
        await morning(node)
        letter = await box.next()

    assert "<img" not in mailbox.html(letter) and "&lt;img" in mailbox.html(letter)
    assert "\u202e" not in mailbox.html(letter) + mailbox.text(letter)


@pytest.mark.parametrize("locale", ["ar", "fr"])
async def test_however_long_the_week_it_weighs_fifteen_kilobytes(node, locale):
    async with Mailbox() as box:
        await connect(node, box)
        await node.write(lambda db: db.execute("update users set locale = ?", (locale,)))
        await asked_for(node)
        await follow(node, "tanmia")
        for number in range(30):
            await say(node, "yto", f"{number} " + "خبر طويل جدا عن بئر جديدة " * 8, actor="tanmia")
        await morning(node)
        letter = await box.next()

    assert len(box.raw[0]) <= LARGEST < LARGEST_LETTER
    named = mailbox.text(letter).count("\n* ")
    more = {"ar": f"و{30 - named} غيرها", "fr": f"et {30 - named} de plus"}[locale]
    assert 1 <= named <= 8 and more in mailbox.text(letter) and more in mailbox.html(letter)


# ── when it comes ─────────────────────────────────────────────────────────────


async def test_nothing_new_is_no_letter_and_the_same_is_told_once(node):
    async with Mailbox() as box:
        await connect(node, box)
        await asked_for(node)
        await follow(node, "tanmia")
        await morning(node)
        await until(lambda: one(node, "select due > 1 from digests"))
        assert await one(node, "select count(*) from mails") == 0

        await say(node, "yto", "خبر أول", actor="tanmia")
        await morning(node)
        await box.next()
        await morning(node)
        await until(lambda: one(node, "select due > 1 from digests"))
        assert await one(node, "select count(*) from mails") == 1
        await say(node, "yto", "خبر ثان", actor="tanmia")
        await morning(node)
        second = mailbox.text(await box.next(2))
        assert "خبر ثان" in second and "خبر أول" not in second


@pytest.mark.parametrize("zone", ["Africa/Casablanca", "Africa/Tunis"])
@pytest.mark.parametrize("every", ["day", "week"])
def test_it_comes_in_the_morning_of_the_nodes_clock(zone, every):
    wednesday = int(datetime(2026, 11, 18, 9, 0, tzinfo=UTC).timestamp() * 1000)
    due = digests.next_due(every, 123, wednesday, zone)
    local = datetime.fromtimestamp(due / 1000, ZoneInfo(zone))
    assert (local.hour, local.day) == (7, 19 if every == "day" else 23)
    again = datetime.fromtimestamp(digests.next_due(every, 123, due, zone) / 1000, ZoneInfo(zone))
    assert (again.hour, (again - local).days) == (7, 1 if every == "day" else 7)


async def test_who_asked_for_none_is_shut_out_or_has_another_address_gets_none(node):
    async with Mailbox() as box:
        await connect(node, box)
        await asked_for(node, name="yto")
        await follow(node, "tanmia")
        await follow(node, "tanmia", "yto")
        await node.write(
            lambda db: db.execute("update users set disabled = 1 where id = ?", (users.by_name(db, "yto")["id"],))
        )
        await say(node, "amal", "خبر", actor="tanmia")
        await morning(node)
        await until(lambda: one(node, "select due > 1 from digests"))
        assert box.letters == [] and await one(node, "select count(*) from mails") == 0


async def test_where_nobody_takes_them_they_end(node):
    async with Mailbox() as box:
        await connect(node, box)
        await asked_for(node)
        await follow(node, "tanmia")
        box.rcpt = "550 no such user"
        await say(node, "yto", "خبر", actor="tanmia")
        await morning(node)
        await until(lambda: one(node, "select state = 'failed' from mails"))
        assert await one(node, "select count(*) from digests") == 0


def test_they_do_not_keep_other_letters_waiting(db):
    settings.choose(db, "mail_host", "127.0.0.1")
    settings.choose(db, "mail_from", "post@node.example")
    user = users.by_name(db, "amal")["id"]
    digests.choose(db, user, "day", 0)
    for number in range(digests.MOST_WAITING):
        db.execute(
            "insert into mails (kind, address, at, due, state) values ('digest', ?, 1, 1, 'waiting')",
            (f"{number}@x.org",),
        )
    db.execute("update digests set due = 1")
    assert digests.begin(db, now()) == 0
    assert db.value("select due from digests") > now()


# ── her choice ────────────────────────────────────────────────────────────────


async def test_she_chooses_on_her_page_and_may_end_it_without_a_log_in(node):
    async with Mailbox() as box, Visitor(node) as amal, Visitor(node) as stranger:
        await connect(node, box)
        await amal.log_in()
        page = await amal.get("/me")
        assert "News by letter" in page.words and page.form("/me/digest").value("every") == ""
        done = await amal.send(page, "/me/digest", every="week")
        assert done.status == 200 and (await amal.get("/me")).form("/me/digest").value("every") == "week"

        secret = await one(node, "select secret from digests")
        link = await stranger.get(f"/digest/{secret}")
        assert "@amal" in link.words and link.headers["Cache-Control"] == "private, no-store"
        assert await one(node, "select count(*) from digests") == 1, "opening a link ends nothing"
        ended = await stranger.send(link, f"/digest/{secret}")
        assert ended.status == 200 and await one(node, "select count(*) from digests") == 0


async def test_a_form_from_elsewhere_chooses_nothing(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        assert (await amal.post("/me/digest", {"every": "day"})).status == 403
        assert await one(node, "select count(*) from digests") == 0


async def test_a_node_without_a_mail_server_offers_none(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        assert "/me/digest" not in (await amal.get("/me")).text


async def test_a_secret_that_is_none_says_so(node):
    async with Visitor(node) as stranger:
        assert (await stranger.get("/digest/" + "x" * 24)).status == 404
        assert (await stranger.post("/digest/" + "x" * 24, {})).status == 404
