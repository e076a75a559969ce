"""What `tashbik demo --check` looks at once the story is played: a row for each thing that must hold."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from federation import proposals
from federation.bridge import now
from node import lanes, queue
from node.errors import NodeError
from node.store import Database
from web.demo.app import App, until
from web.demo.content import nodes
from web.demo.seeding import reopened

if TYPE_CHECKING:
    from rich.console import Console

PAGES = {"casa": ("/", "/assoc", "/@khouyoute", "/forums", "/f/tachbik", "/projects", "/p/chati", "/agenda", "/@salma", "/board", "/calls", "/about"),
         "sfax": ("/", "/assoc", "/@chatt", "/forums", "/f/bahr", "/projects", "/p/zitouna", "/agenda", "/@monia", "/about")}  # fmt: skip

Check = Callable[[dict[str, App]], Awaitable[bool]]


async def all(console: "Console", apps: dict[str, App]) -> list[str]:
    """The names of the checks that do not hold; each is printed with its mark."""
    failed = []
    for name, check in CHECKS.items():
        try:
            holds = await check(apps)
        except (NodeError, AssertionError, KeyError, IndexError, StopIteration) as error:
            holds = False
            console.print(f"  {type(error).__name__}: {error}"[:300])
        console.print(f"{'✓' if holds else '✗'} {name}")
        if not holds:
            failed.append(name)
    return failed


async def _pages(apps: dict[str, App]) -> bool:
    for slug, app in apps.items():
        for path in PAGES[slug]:
            for language in ("ar", "fr"):
                answer = await app.page(path, language)
                if answer.status != 200 or f'lang="{language}'.encode() not in answer.body:
                    raise AssertionError(f"{slug} {path} {language}: {answer.status}")
    return True


async def _same_topic(apps: dict[str, App]) -> bool:
    """The topic of storyline S2 has the same four answers, in the same order, on both nodes."""
    casa, sfax = apps["casa"], apps["sfax"]
    title = "كيف نوزع الأدوار في ملف مشترك بين ثلاث جمعيات؟"
    here = await casa.look(_thread, title)

    async def same() -> bool:
        there: list[str] = await sfax.look(_thread, title)
        return there == here and len(here) == 5

    return bool(await until(same, "the same answers on both nodes"))


async def _partner(apps: dict[str, App]) -> bool:
    """chati@casa shows chatt@sfax as its confirmed partner, on both nodes."""

    async def shown(app: App) -> bool:
        return bool(await app.look(_confirmed, "chati", "chatt"))

    for app in apps.values():
        await until(lambda app=app: shown(app), "the partner is confirmed")  # type: ignore[misc]
    return True


async def _event(apps: dict[str, App]) -> bool:
    """The beach is cleaned in both countries: the event stands in both agendas, and who comes from Sfax is counted in Casablanca."""
    title = "حملة تنظيف وقياس الشاطئ"
    for slug, app in apps.items():
        page = (await app.page("/agenda", "ar")).body.decode()
        if title not in page:
            raise AssertionError(f"the agenda of {slug} lacks it")
        kept = await app.get("salma" if slug == "casa" else "monia", "/api/v1/lists")
        if {one["title"] for one in kept} < {"مواعيد", "جهتي"}:
            raise AssertionError(f"the lists of {slug} are missing")
    calendar = (await apps["sfax"].page("/agenda.ics", "ar")).body.decode()
    return "BEGIN:VEVENT" in calendar and await apps["casa"].look(_answers, title) > 0


async def _updates(apps: dict[str, App]) -> bool:
    """hatem@sfax, who joined chati@casa, has its newest update in his home."""
    newest = await apps["casa"].look(_newest_update, "chati")

    async def read() -> bool:
        home = await apps["sfax"].get("hatem", "/api/v1/timelines/home", limit=40)
        return any((one["reblog"] or one)["uri"] == newest for one in home)

    return bool(await until(read, "an update crosses"))


async def _counts(apps: dict[str, App]) -> bool:
    """A like and a boost from Sfax are counted in Casablanca, and uncounted."""
    casa, sfax = apps["casa"], apps["sfax"]
    said = await casa.post("salma", "/api/v1/statuses", status="تجربة", language="ar")
    seen = await until(lambda: sfax.known("monia", said["uri"]), "the post arrives")
    for verb, count in (("favourite", 1), ("reblog", 1), ("unfavourite", 0), ("unreblog", 0)):
        await sfax.post("monia", f"/api/v1/statuses/{seen['id']}/{verb}")
        field = "favourites_count" if "favourite" in verb else "reblogs_count"

        async def counted(field: str = field, count: int = count) -> bool:
            return bool((await casa.get("salma", f"/api/v1/statuses/{said['id']}"))[field] == count)

        await until(counted, verb)
    return True


async def _private(apps: dict[str, App]) -> bool:
    """A direct message is seen by its two people and by nobody else, on either node."""
    casa, sfax = apps["casa"], apps["sfax"]
    words = f"@monia@{sfax.host} بيني وبينك"
    said = await casa.post("salma", "/api/v1/statuses", status=words, visibility="direct")
    await until(lambda: sfax.known("monia", said["uri"]), "the message arrives")
    if await sfax.known("hatem", said["uri"]) or await casa.known("naima", said["uri"]):
        raise AssertionError("somebody else sees it")
    return bool((await casa.page(said["uri"].removeprefix(casa.origin), "ar")).status == 404)


async def _found(apps: dict[str, App]) -> bool:
    """Each node finds the other's people by their handle."""
    account = await apps["casa"].account("naima", f"ines@{apps['sfax'].host}")
    return bool(account["acct"] == f"ines@{apps['sfax'].host}")


async def _on_the_board(apps: dict[str, App]) -> bool:
    """An offer of Casablanca stands on the board of Sfax; once it was of use, it stands there among what was met."""
    casa, sfax = apps["casa"], apps["sfax"]
    [one] = [one for one in nodes()["casa"]["needs_offers"] if (one["kind"], one["by"]) == ("offer", "joussour")]

    async def stands(path: str) -> bool:
        return one["title"].encode() in (await sfax.page(path, "ar")).body

    try:
        for state, path in (("open", "/board?kind=offer"), ("met", "/board?state=met&kind=offer")):
            casa.change(_set_state, "casa", one["title"], state)
            await until(lambda path=path: stands(path), path)  # type: ignore[misc]
        return not await stands("/board?kind=offer&region=MA-06&field=philanthropy")
    finally:
        casa.change(_set_state, "casa", one["title"], "open")


async def _needs(apps: dict[str, App]) -> bool:
    """What a project lacks stands on its page («نحتاج…»), and a need leads to its project; on the partner's node too."""
    casa, sfax = apps["casa"], apps["sfax"]
    [recorded] = [one for one in nodes()["sfax"]["needs_offers"] if one.get("project") == "sawti"]
    [wells] = [one for one in nodes()["casa"]["needs_offers"] if one.get("project") == "biar"]

    async def stands(app: App, path: str, title: str) -> bool:
        return title.encode() in (await app.page(path, "ar")).body

    await until(lambda: stands(casa, f"/p/sawti@{sfax.host}", recorded["title"]), "a need on the partner's node")
    return await stands(casa, "/p/biar", wells["title"]) and await stands(sfax, "/p/sawti", recorded["title"])


async def _quiet(apps: dict[str, App]) -> bool:
    """Nothing waits and nothing failed, in either queue."""

    async def empty() -> bool:
        for app in apps.values():
            if await app.look(_waiting_or_failed):
                return False
        return True

    return bool(await until(empty, "the queues are empty", 30))


CHECKS: dict[str, Check] = {
    "pages in Arabic and French answer": _pages,
    "people are found across nodes": _found,
    "a topic reads the same on both nodes": _same_topic,
    "a partner is confirmed by both sides": _partner,
    "an event is in both agendas, and answers are counted": _event,
    "a project's update crosses": _updates,
    "likes and boosts are counted and taken back": _counts,
    "a message stays between two people": _private,
    "an offer and how far it is cross to the other board": _on_the_board,
    "a project says what it needs, here and on the partner's node": _needs,
    "nothing is left in the queues": _quiet,
}


def _set_state(db: Database, slug: str, title: str, state: str) -> None:
    seeding = reopened(db, slug)
    post = db.row("select * from posts where title = ? and kind = 'offer' and local", (title,))
    assert post is not None
    user = seeding.user(seeding.speakers["joussour"])["id"]
    proposals.change_state(db, user, post["author"], post, state, now())


def _thread(db: Database, title: str) -> list[str]:
    first = db.row("select id from posts where title = ? and kind = 'topic'", (title,))
    if first is None:
        return []
    rows = db.rows("select uri from posts where thread = ? and boost_of is null order by published, id", (first["id"],))
    return [row[0] for row in rows]


def _answers(db: Database, title: str) -> int:
    return int(
        db.value(
            """
            select count(*) from answers join posts on posts.id = answers.post
              join actors on actors.id = answers.actor and not actors.local
             where posts.title = ? and posts.local and answers.answer = 'yes' and answers.state = 'accepted'
            """,
            (title,),
        )
    )


def _confirmed(db: Database, project: str, partner: str) -> Any:
    return db.value(
        """
        select 1 from partners join actors project on project.id = partners.project
         where project.name = ? and partners.uri like '%/orgs/' || ? and partners.state = 'accepted'
           and partners.confirmed is not null
        """,
        (project, partner),
    )


def _newest_update(db: Database, project: str) -> str:
    """Of those written while the nodes ran: what is older was there before anybody elsewhere had joined."""
    return str(
        db.value(
            """
            select posts.uri from posts join actors on actors.id = posts.place and actors.name = ?
             where posts.kind = 'update' and posts.local order by posts.id desc limit 1
            """,
            (project,),
        )
    )


def _waiting_or_failed(db: Database) -> int:
    received, sent = queue.received(db, now()), lanes.queued(db, now())
    return received.waiting + sent.waiting + received.failed + sent.failed
