"""Letters to people's own addresses: kept in rows, said over SMTP, lost or doubled by nothing but what SMTP allows."""

import asyncio
import email.policy

import pytest

from federation import mail
from node import mails, settings
from node.errors import Unreachable
from node.people import entry, users
from node.store import connect as connect_file
from node.store import write_now
from tests.conftest import now, until
from tests.mailbox import Mailbox, certificate, connect, html, text
from tests.processes import Served


async def ask(node, address="amal@example.org"):
    await node.write(entry.ask_reset, address, now())


async def one(node, sql, *values):
    return await node.read(lambda db: db.value(sql, values))


async def state(node):
    return await one(node, "select state from mails order by id desc limit 1")


async def hurry(node):
    """What is put off is due now."""
    await node.write(lambda db: (db.execute("update mails set due = 1 where due is not null"), db.wake("mails")))


async def test_a_letter_is_whole_in_arabic_and_says_the_same_twice(node):
    async with Mailbox() as box:
        await connect(node, box)
        await node.write(lambda db: users.set_locale(db, users.by_name(db, "amal")["id"], "ar-MA"))
        await ask(node)
        letter = await box.next()
    assert letter["To"] == "amal@example.org" and "post@node.example" in letter["From"]
    assert "شبكة الواحة" in letter["From"] and "شبكة الواحة" in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated" and letter["Message-ID"].endswith("@127.0.0.1>")
    assert letter["Date"].datetime is not None
    assert b"=?utf-8?" in box.raw[0].lower() and all(byte < 128 for byte in box.raw[0])
    assert max(len(line) for line in box.raw[0].splitlines()) <= 998
    assert 'dir="rtl"' in html(letter) and 'lang="ar-MA"' in html(letter)
    assert "@amal" in text(letter) and "@amal" in html(letter) and "/reset/" in html(letter)
    assert "<table" not in html(letter) and "<img" not in html(letter) and len(box.raw[0]) < 15_000
    assert await until(lambda: one(node, "select state = 'done' from mails"))


async def test_french_and_english_letters_run_the_other_way(node):
    async with Mailbox() as box:
        await connect(node, box)
        await node.write(lambda db: users.set_locale(db, users.by_name(db, "yto")["id"], "fr"))
        await ask(node, "yto@example.org")
        letter = await box.next()
    assert "Réseau Oasis" in letter["Subject"] and 'dir="ltr"' in html(letter)


async def test_no_row_holds_a_secret_and_each_link_is_kept_as_a_hash(node):
    async with Mailbox() as box:
        await connect(node, box)
        await ask(node)
        secret = text(await box.next()).partition("/reset/")[2].split()[0]
    dump = await node.read(lambda db: [tuple(row) for row in db.rows("select * from mails")])
    assert secret not in repr(dump)
    assert secret not in repr(await node.read(lambda db: [tuple(row) for row in db.rows("select * from links")]))


async def test_a_server_that_says_later_is_asked_again(node):
    async with Mailbox() as box:
        box.data = ["451 greylisted, come back", "250 OK"]
        await connect(node, box)
        await ask(node)
        await until(lambda: one(node, "select error <> '' from mails"))
        waiting = await node.read(lambda db: db.row("select * from mails"))
        assert waiting["state"] == "waiting" and "greylisted" in waiting["error"]
        assert 50_000 < waiting["due"] - now() < 70_000
        await hurry(node)
        await box.next()
    assert len(box.letters) == 1


async def test_a_server_that_is_not_there_loses_nothing(node):
    async with Mailbox() as box:
        await connect(node, box)
        await box.close()
        await ask(node)
        await until(lambda: one(node, "select error <> '' from mails"))
        await box.listen(box.port)
        await hurry(node)
        await box.next()


async def test_an_address_that_is_refused_for_good_is_given_up(node):
    async with Mailbox() as box:
        box.rcpt = "550 no such mailbox"
        await connect(node, box)
        await ask(node)
        await until(lambda: one(node, "select state = 'failed' from mails"))
    assert "no such mailbox" in await one(node, "select error from mails")


async def test_it_is_given_up_in_the_end(db):
    settings.choose(db, "mail_host", "mail.example")
    settings.choose(db, "mail_from", "post@node.example")
    assert mails.keep(db, "test", "amal@example.org", 1)
    at = 1
    for _ in range(len(mails.AGAIN)):
        row, _secret = mails.take(db, at)
        assert mails.failed(db, row["id"], "no", at)
        at = mails.next_due(db)
    row, _secret = mails.take(db, at)
    assert not mails.failed(db, row["id"], "no", at)
    assert mails.next_due(db) is None and mails.take(db, at + 10**9) is None


async def test_work_that_nobody_finished_is_taken_again_after_its_lease(db):
    settings.choose(db, "mail_host", "mail.example")
    settings.choose(db, "mail_from", "post@node.example")
    mails.keep(db, "test", "amal@example.org", 1)
    first = mails.take(db, 5)
    assert first is not None and mails.take(db, 6) is None
    assert mails.take(db, 6 + mails.LEASE) is not None


async def test_one_address_is_written_to_so_often_and_no_more(db):
    settings.choose(db, "mail_host", "mail.example")
    settings.choose(db, "mail_from", "post@node.example")
    kept = [mails.keep(db, "reset", "Amal@example.org", 10) for _ in range(20)]
    assert kept.count(True) == mails.MOST_IN_AN_HOUR
    assert not mails.keep(db, "reset", "amal@example.org", 11)
    assert mails.keep(db, "password", "amal@example.org", 12)


async def test_all_that_waits_is_bounded(db, monkeypatch):
    settings.choose(db, "mail_host", "mail.example")
    settings.choose(db, "mail_from", "post@node.example")
    monkeypatch.setattr(mails, "MOST_WAITING", 5)
    assert [mails.keep(db, "test", f"a{number}@example.org", 10) for number in range(7)] == [True] * 5 + [False] * 2


async def test_without_a_server_nothing_is_kept(db):
    assert not mails.keep(db, "test", "amal@example.org", 10)
    assert db.value("select count(*) from mails") == 0


@pytest.mark.parametrize("sender", ["a@b\r\nBcc: all@example.org", "nobody", "a b@example.org", "<x@example.org>"])
def test_a_sender_that_is_none_is_refused(sender):
    words = mail.Words("subject", "text", "<p>text</p>", "en")
    with pytest.raises(mail.Invalid):
        mail.compose(words, "amal@example.org", sender, "name", "node.example", 1)


@pytest.mark.parametrize(
    "target",
    ["a@example.org\r\nBcc: b@example.org", "a@example.org,b@example.org", "a@example.org\nX: y", '"a b"@example.org',
     "a@example.org ORCPT=x", "a@[127.0.0.1]", "a@localhost", "@example.org", "a..b@example.org", "a@-x.org"],
)  # fmt: skip
def test_an_address_that_would_be_more_than_one_is_refused(target):
    words = mail.Words("subject", "text", "<p>text</p>", "en")
    with pytest.raises(mail.Refused):
        mail.compose(words, target, "post@node.example", "name", "node.example", 1)


def test_no_name_adds_a_line_to_the_head():
    words = mail.Words("a\r\nBcc: x@example.org\r\n\r\nbody", "text", "<p>text</p>", "en")
    made = mail.compose(words, "amal@example.org", "post@node.example", "n\r\nBcc: y@example.org", "node.example", 1)
    assert made["Bcc"] is None
    read = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert read["Bcc"] is None and read.is_multipart()
    assert read["Subject"] == "a Bcc: x@example.org body"


async def test_a_name_in_an_arabic_host_is_written_to_in_the_letters_of_dns():
    words = mail.Words("s", "t", "<p>t</p>", "ar")
    made = mail.compose(words, "amal@شبكة.example", "post@node.example", "شبكة", "node.example", 1)
    assert "xn--" in made["To"] and made.as_bytes().isascii()


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_the_way_is_closed_and_a_password_is_said_behind_it(node, tmp_path, monkeypatch, security):
    context, authority = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    password = "" if security == "tls" else "secret words"
    async with Mailbox(security=security, tls=context, password=password) as box:
        mail.password_kept(node.folder, "secret words")
        await connect(node, box, mail_security=security, mail_user="node" if password else "")
        await ask(node)
        await box.next()
        assert box.logged_in == (["node"] if password else [])


@pytest.mark.parametrize(("security", "name"), [("starttls", "another.example"), ("tls", "another.example")])
async def test_a_server_with_another_name_gets_nothing(node, tmp_path, monkeypatch, security, name):
    context, authority = certificate(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    async with Mailbox(security=security, tls=context) as box:
        await connect(node, box, mail_security=security)
        await ask(node)
        await until(lambda: one(node, "select error like '%ertificate%' from mails"))
        assert box.letters == []


async def test_a_server_that_nobody_vouches_for_gets_nothing(node, tmp_path):
    context, _ = certificate(tmp_path, "127.0.0.1")
    async with Mailbox(security="starttls", tls=context) as box:
        await connect(node, box, mail_security="starttls")
        await ask(node)
        await until(lambda: one(node, "select error like '%ertificate%' from mails"))
        assert box.letters == []


async def test_a_server_that_hides_starttls_gets_nothing(node):
    async with Mailbox() as box:
        await connect(node, box, mail_security="starttls")
        await ask(node)
        await until(lambda: one(node, "select error like '%STARTTLS%' from mails"))
        assert box.letters == []


async def test_no_password_goes_to_another_machine_in_the_clear():
    class Far:
        def ehlo_or_helo_if_needed(self) -> None:
            pass

        def login(self, user: str, password: str) -> None:
            raise AssertionError("said")

    where = mail.Server("mail.example", 25, "none", "node", "secret", "post@node.example")
    with pytest.raises(mail.smtplib.SMTPException):
        mail._prove(Far(), where, near=False)
    with pytest.raises(AssertionError):
        mail._prove(Far(), where, near=True)


async def test_a_server_that_says_nothing_is_left(node, monkeypatch):
    monkeypatch.setattr(mail, "TOTAL_SECONDS", 0.3)
    async with Mailbox() as box:
        box.stall = 3
        await connect(node, box)
        await ask(node)
        await until(lambda: one(node, "select error like '%too long%' from mails"), 3)


async def test_a_server_that_only_trickles_is_left(node, monkeypatch):
    """Each line comes before its time is up, the whole never."""
    monkeypatch.setattr(mail, "TOTAL_SECONDS", 0.5)

    async def trickle(_reader, writer):
        try:
            while True:
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            pass

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    where = mail.Server("127.0.0.1", server.sockets[0].getsockname()[1], "none", "", "", "post@node.example")
    words = mail.Words("s", "t", "<p>t</p>", "en")
    message = mail.compose(words, "a@example.org", "post@node.example", "n", "node.example", 1)
    with pytest.raises(Unreachable):
        await mail.send(node.bridge.client, "node.example", where, message)
    server.close()


async def test_where_networks_are_named_the_mail_server_lies_in_one_of_them(node):
    import ipaddress

    from federation.client import Client

    async with Mailbox() as box:
        narrow = Client(user_agent="x", networks=[ipaddress.ip_network("127.0.0.99/32")], development=True)
        with pytest.raises(Unreachable):
            await narrow.dial("127.0.0.1", box.port)
        made = await Client(user_agent="x").dial("127.0.0.1", box.port)
        made.close()


async def test_words_that_somebody_typed_are_no_html(node):
    async with Mailbox() as box:
        await connect(node, box)
        await node.write(
            lambda db: entry.tell(db, "warning", users.by_name(db, "yto")["id"], now(), decision="silence",
                                  said="<script>alert(1)</script>\r\n.\r\nMAIL FROM:<x@example.org>")
        )  # fmt: skip
        letter = await box.next()
    assert "<script>" not in html(letter) and "&lt;script&gt;" in html(letter)
    assert "<script>alert(1)</script>\n.\nMAIL FROM:" in text(letter)
    assert len(box.letters) == 1


async def test_in_arabic_a_name_keeps_its_sign_in_front(node):
    async with Mailbox() as box:
        await connect(node, box)
        await ask(node)
        letter = await box.next()
    assert "\u2066@amal\u2069" in text(letter) and "\u2066@amal\u2069" in html(letter)


@pytest.mark.slow
async def test_a_killed_node_sends_what_waited_and_nothing_again_that_it_noted(tmp_path):
    served = Served(tmp_path / "node")
    beside = connect_file(served.folder)

    def put(address: str) -> None:
        write_now(beside, entry.ask_reset, address, now())

    async with Mailbox() as box:
        for name, value in {"mail_host": "127.0.0.1", "mail_port": box.port, "mail_security": "none",
                            "mail_from": "post@node.example"}.items():  # fmt: skip
            write_now(beside, settings.choose, name, value)
        await asyncio.to_thread(served.start)
        try:
            put("yto@example.org")
            await until(lambda: beside.value("select count(*) from mails where state = 'done'"))
            box.stall = 30
            put("amal@example.org")
            await until(lambda: beside.value("select tries from mails where due is not null"))
            await asyncio.to_thread(served.kill)
            box.stall = 0
            write_now(beside, lambda db: db.execute("update mails set due = 1 where due is not null"))
            await asyncio.to_thread(served.start)
            await until(lambda: beside.value("select count(*) from mails where state = 'done'") == 2)
        finally:
            await asyncio.to_thread(served.kill)
            beside.close()
    assert sorted(letter["To"] for letter in box.letters) == ["amal@example.org", "yto@example.org"]
