"""How often one may guess: by address, by name, and not so that a stranger keeps somebody out."""

import ipaddress

from tests.web.visitor import Visitor
from tests.world import PASSWORD
from web import gates
from web.pages import login


async def guess(browser, address, name="amal", password="wrong words"):
    browser.session.headers["X-Forwarded-For"] = address
    return (await browser.log_in(name, password)).status


async def test_an_address_has_its_measure_whatever_names_it_tries(behind):
    async with Visitor(behind) as stranger, Visitor(behind) as elsewhere:
        found = [await guess(stranger, "203.0.113.9", f"name{number}") for number in range(login.BY_ADDRESS[0] + 1)]
        assert found == [401] * login.BY_ADDRESS[0] + [429]
        assert await guess(stranger, "203.0.113.9", password=PASSWORD) == 429
        assert await guess(elsewhere, "198.51.100.9", password=PASSWORD) == 200


async def test_a_stranger_who_guesses_keeps_nobody_out_from_another_network(behind):
    async with Visitor(behind) as stranger, Visitor(behind) as amal:
        found = [await guess(stranger, "203.0.113.9") for _ in range(11)]
        assert found == [401] * 10 + [429]
        assert await guess(stranger, "203.0.113.200", password=PASSWORD) == 429, "a neighbour of his is he"
        assert await guess(amal, "198.51.100.9", password=PASSWORD) == 200


async def test_many_networks_together_do_not_guess_for_ever_yet_a_browser_that_she_used_gets_in(behind, monkeypatch):
    monkeypatch.setattr(login, "BY_ALL", (20, 36_000))  # no try is given back while a slow machine makes these
    async with Visitor(behind) as stranger, Visitor(behind) as amal, Visitor(behind) as new:
        assert await guess(amal, "198.51.100.9", password=PASSWORD) == 200
        await amal.send(await amal.get("/me"), "/logout")
        found = [await guess(stranger, f"203.0.{number}.9") for number in range(login.BY_ALL[0] + 1)]
        assert found[:-1] == [401] * login.BY_ALL[0] and found[-1] == 429
        assert await guess(new, "192.0.2.9", password=PASSWORD) == 429
        assert await guess(amal, "192.0.2.9", password=PASSWORD) == 200


async def test_one_network_that_is_held_off_does_not_use_up_what_all_have(behind):
    async with Visitor(behind) as stranger, Visitor(behind) as new:
        for number in range(login.BY_ALL[0] + 20):
            await guess(stranger, f"203.0.113.{number % 250}")
        assert await guess(new, "192.0.2.9", password=PASSWORD) == 200


async def test_a_known_browser_has_a_measure_too(behind):
    async with Visitor(behind) as amal:
        assert await guess(amal, "198.51.100.9", password=PASSWORD) == 200
        await amal.send(await amal.get("/me"), "/logout")
        found = [await guess(amal, f"203.0.{number}.9") for number in range(11)]
        assert found == [401] * 10 + [429]


async def test_a_cookie_that_we_did_not_make_or_of_another_member_is_worth_nothing(behind):
    async with Visitor(behind) as yto, Visitor(behind) as forger:
        assert await guess(yto, "198.51.100.9", "yto", PASSWORD) == 200
        [cookie] = [one.value for one in yto.session.cookie_jar if one.key == "known"]
        await yto.send(await yto.get("/me"), "/logout")
        for _ in range(10):
            await guess(forger, "203.0.113.9")
        for value in (cookie, "x." + "0" * 64, cookie.partition(".")[0] + "2." + cookie.partition(".")[2]):
            forger.session.cookie_jar.update_cookies({"known": value})
            forger.session.headers["Cookie"] = f"known={value}"
            assert await guess(forger, "203.0.113.9", password=PASSWORD) == 429


async def test_nobody_else_says_who_asks(node):
    """No proxy is named here: the header is worth nothing."""
    async with Visitor(node) as stranger:
        found = [await guess(stranger, f"203.0.{number}.9") for number in range(11)]
    assert found == [401] * 10 + [429]


def test_of_many_names_in_the_header_only_what_our_own_proxies_saw_counts():
    class Asked:
        def __init__(self, remote, named):
            self.remote = remote
            from multidict import CIMultiDict

            self.headers = CIMultiDict([("X-Forwarded-For", one) for one in named])

        def clone(self, remote):
            return Asked(remote, [])

    door = gates.Gates([ipaddress.ip_network("10.0.0.0/8")])

    def seen(remote, *named):
        return door.seen_from(Asked(remote, named)).remote

    assert seen("10.0.0.1", "6.6.6.6, 203.0.113.9") == "203.0.113.9"
    assert seen("10.0.0.1", "6.6.6.6", "203.0.113.9, 10.0.0.2") == "203.0.113.9"
    assert seen("203.0.113.1", "6.6.6.6") == "203.0.113.1"
    assert seen("10.0.0.1", "6.6.6.6, nonsense") == "10.0.0.1"
    assert seen("10.0.0.1") == "10.0.0.1"
    assert seen("::ffff:10.0.0.1", "2001:db8::1") == "2001:db8::1"
