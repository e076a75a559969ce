"""The pages that public posts link to are asked what they are: by the worker, through the guarded client, seldom.

An address is asked for once a day at the most, whatever it answers; so is no site more than its share, however many
addresses it has, and no peer makes us ask for more than its own share.
"""

import asyncio
from typing import Any

from federation import fetch, webpages
from federation import vocabulary as v
from federation.bridge import Bridge, now
from node import hosts, settings
from node.errors import Busy, Forbidden, Invalid, NodeError
from node.log import Log
from node.people import actors
from node.posts import link_cards
from node.posts.link_cards import Said
from node.store import Database

log = Log("federation.link_cards")

LARGEST = 524_288  # bytes of a page that are read: a head is long since over
SECONDS = 8
REDIRECTS = 3
HOUR = 3600.0
OF_A_HOST = 60  # questions to one host in an hour
OF_A_DOMAIN = 180  # and to all names below the last two parts of its own
FOR_A_PEER = 120  # questions in an hour that the posts of one server cause
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


async def ask(bridge: Bridge, body: dict[str, Any]) -> None:
    """The card says what its page says; a page that does not answer is not asked again today."""
    whose = await bridge.store.read(_server_of, body["author"])
    if whose is None or (whose != bridge.host and bridge.buckets.take("link cards for", whose, FOR_A_PEER, HOUR)):
        return
    row = await bridge.store.write(link_cards.begin, body["card"], now())
    if row is None:
        return
    try:
        said = await _said(bridge, row["url"])
    except NodeError as error:
        log.info("link card not read", card=row["id"], reason=str(error))
        return
    if said is not None:
        await bridge.store.write(link_cards.keep, row["id"], said, now())


def _server_of(db: Database, author: int) -> str | None:
    """The host of whoever linked to it; None where no page is asked any more."""
    return v.host(actors.get(db, author)["uri"]) if settings.get(db, "link_cards") else None


async def _said(bridge: Bridge, url: str) -> Said | None:
    """What the page says, three redirects followed, each judged and counted as the first address was.  Raises NodeError."""
    url = url if bridge.development else closed(url)
    if bridge.is_ours(url):
        raise Invalid("We do not ask ourselves.", url=url)
    for _ in range(REDIRECTS + 1):
        await _may_ask(bridge, url)
        answer = await bridge.client.get(url, {"Accept": ACCEPT}, limit=LARGEST, seconds=SECONDS, cut=True)
        if answer.status in (301, 302, 303, 307, 308):
            url = fetch.redirected(bridge, url, answer.headers.get("location", ""))
            continue
        if answer.status != 200:
            raise Invalid("The other server does not have this.", url=url, status=answer.status)
        return await asyncio.to_thread(webpages.read, url, answer.content_type, answer.body)
    raise Invalid("The other server redirects without end.", url=url)


def closed(url: str) -> str:
    """The same address by https: nothing is asked in the clear, and most sites have both."""
    return "https://" + url.removeprefix("http://") if url.startswith("http://") else url


async def _may_ask(bridge: Bridge, url: str) -> None:
    """Raises Forbidden for a server that we do not speak with, Busy where it had its share."""
    host = v.host(url)
    if await bridge.store.read(hosts.refuses, host):
        raise Forbidden("We do not speak with this server.", host=host)
    domain = ".".join(host.split(":")[0].split(".")[-2:])
    for name, share in ((host, OF_A_HOST), ("below " + domain, OF_A_DOMAIN)):
        if bridge.buckets.take("link cards", name, share, HOUR):
            raise Busy("This server was asked often enough for now.", host=host)
