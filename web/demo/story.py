"""What crosses between the two nodes: each step is done as a member's app does it, and arrives as a signed activity.

A step that is done is written down in the folder, so that the next start goes on from there.
"""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from federation.bridge import now
from federation.handlers import organise, partnership
from node.network import board, events, organisers, partners
from node.people import actors
from node.posts import posts
from node.store import Database
from web.demo.app import App, until
from web.demo.content import FOLLOWED, elsewhere, nodes
from web.demo.seeding import reopened

FOLLOWS = (  # who follows whom on the other node, from the content's own loading order and more
    ("casa", "salma", "monia"), ("sfax", "monia", "salma"), ("casa", "joussour", "tachbik"),
    ("sfax", "tachbik", "joussour"), ("casa", "bidra", "chatt"), ("sfax", "chatt", "bidra"),
    ("casa", "youssef_b", "chatt"), ("sfax", "hatem", "bidra"), ("casa", "naima", "tachbik"),
    ("sfax", "amel", "zahrat_chaouia"), ("casa", "driss", "nour"), ("sfax", "ines", "khouyoute"),
    ("casa", "salma", "gda_nama"), ("casa", "salma", "nawafedh"), ("sfax", "monia", "douars"),
)  # fmt: skip
JOINS = (  # who joins which forum or project of the other node
    ("casa", "salma", "tansiq"), ("casa", "omar_t", "tamwil"), ("casa", "youssef_b", "bahr"),
    ("sfax", "monia", "tachbik"), ("sfax", "hatem", "chabab"), ("sfax", "hatem", "chati"),
    ("casa", "kenza", "sawti"), ("casa", "rachida", "zitouna"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """name is kept once it is done; title is what a person reads."""

    name: str
    title: str
    do: Callable[[], Awaitable[Any]]


class Story:
    """The two nodes, their apps, and what happens between them."""

    def __init__(self, folder: Path, apps: dict[str, App]) -> None:
        self._file = folder / "story.json"
        self.apps = apps
        self.done: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def left(self) -> list[Step]:
        """Steps not done yet, in order."""
        return [step for step in self._steps() if step.name not in self.done]

    async def do(self, step: Step) -> None:
        """The step is done, and remembered.  Raises what went wrong."""
        self.done[step.name] = await step.do() or True
        self._file.write_text(json.dumps(self.done, ensure_ascii=False, indent=1))

    def other(self, slug: str) -> App:
        return self.apps["sfax" if slug == "casa" else "casa"]

    def _steps(self) -> Iterator[Step]:
        for slug, who, whom in (*FOLLOWS, *JOINS):
            yield Step(f"follow {slug} {who} {whom}", f"{who}@{slug} follows {whom}", self._follow(slug, who, whom))
        for slug in self.apps:
            content = nodes()[slug]
            for forum in content["forums"]:
                for topic in forum["topics"]:
                    yield from self._answers(slug, forum["slug"], topic)
            for event in content["events"]:
                if event.get("co"):
                    yield Step(f"event {slug} {event['slug']}", f"{event['slug']}@{slug}: an event with {event['co'][0]}",
                               self._event(slug, event))  # fmt: skip
            for project in content["projects"]:
                yield from self._partners(slug, project)
                yield Step(f"update {slug} {project['slug']}", f"{project['slug']}@{slug} has news",
                           self._update(slug, project))  # fmt: skip
            for one in nodes()[slug]["needs_offers"] + nodes()[slug]["calls"]:
                if one["by"] in FOLLOWED:
                    yield Step(
                        f"board {slug} {_heading(one)[:40]}",
                        f"{one['by']}@{slug} pins up on the board",
                        self._pin_up(slug, one),
                    )
        yield Step("post casa", "casa greets sfax", self._say("casa", "salma", WELCOME["casa"]))
        yield Step("post sfax", "sfax greets casa", self._say("sfax", "monia", WELCOME["sfax"]))
        for slug in self.apps:
            for number, talk in enumerate(nodes()[slug].get("messages", [])):
                yield Step(f"messages {slug} {number}", f"{slug}: messages between two people", self._talk(slug, talk))

    def _follow(self, slug: str, who: str, whom: str) -> Callable[[], Awaitable[Any]]:
        app = self.apps[slug]

        async def do() -> None:
            account = await app.account(who, f"{whom}@{self.other(slug).host}")
            await app.post(who, f"/api/v1/accounts/{account['id']}/follow")

            async def accepted() -> bool:
                [found] = await app.get(who, "/api/v1/accounts/relationships", **{"id[]": account["id"]})
                return bool(found["following"])

            await until(accepted, f"{who} follows {whom}")

        return do

    def _answers(self, slug: str, forum: str, topic: dict[str, Any]) -> Iterator[Step]:
        """The first answer from the other node, and all that came after it, in their order."""
        crossed = False
        for number, reply in enumerate(topic["replies"]):
            crossed = crossed or elsewhere(reply["by"]) is not None
            if crossed:
                yield Step(f"answer {slug} {topic['title'][:40]} {number}", f"{reply['by']} answers in {forum}@{slug}",
                           self._answer(slug, topic, reply))  # fmt: skip

    def _answer(self, slug: str, topic: dict[str, Any], reply: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
        home = self.apps[slug]

        async def do() -> str:
            uri, count = await home.look(_topic, topic["title"])
            away = elsewhere(reply["by"])
            app, who = (self.apps[away[1]], away[0]) if away else (home, reply["by"])
            if not away:
                who = await home.look(_writer, slug, who)
            status = await until(lambda: app.status(who, uri), "the topic is known there")
            sent = await app.post(
                who, "/api/v1/statuses", status=reply["text"], in_reply_to_id=status["id"], language="ar"
            )

            async def arrived() -> bool:
                return bool((await home.look(_topic, topic["title"]))[1] > count)

            await until(arrived, "the answer stands under its topic")
            return str(sent["uri"])

        return do

    def _event(self, slug: str, event: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
        """An event of two networks: announced on one, passed on by the other, and somebody there comes."""
        home = self.apps[slug]
        away = elsewhere(event["co"][0])
        assert away is not None
        there, who = self.apps[away[1]], COMES[slug]

        async def do() -> str:
            co = await there.look(_uri, away[0])
            await home.account(event["by"], f"{away[0]}@{there.host}")
            uri = str(home.change(_announce, slug, event, co))
            await until(lambda: there.look(_is_to_organise, away[0], uri), "the question arrives")
            there.change(_organise, away[1], away[0], uri)
            await until(lambda: home.look(_organise_together, uri), "both organise it")
            await until(lambda: home.look(_passed_on, uri), "the other association passes it on")
            status = await there.status(who, uri)
            assert status is not None
            await there.post(who, "/api/v1/statuses", status="سأحضر", in_reply_to_id=status["id"], language="ar")
            await until(lambda: home.look(_coming, uri), "the answer counts")
            return uri

        return do

    def _partners(self, slug: str, project: dict[str, Any]) -> Iterator[Step]:
        for partner in project["partners"]:
            away = elsewhere(partner)
            if away:
                yield Step(f"partner {slug} {project['slug']} {away[0]}", f"{project['slug']}@{slug} has the partner {away[0]}@{away[1]}",
                           self._partner(slug, project, *away))  # fmt: skip

    def _partner(self, slug: str, project: dict[str, Any], name: str, node: str) -> Callable[[], Awaitable[Any]]:
        home, there = self.apps[slug], self.apps[node]

        async def do() -> None:
            await home.account(project["lead"], f"{name}@{there.host}")
            home.change(_ask, slug, project["slug"], project["lead"], name, there.host)
            uri = await home.look(_uri, project["slug"])
            await until(lambda: there.look(_is_asked, name, uri), "the question arrives")
            there.change(_accept, node, name, uri)
            await until(lambda: home.look(_is_partner, project["slug"], name, there.host), "the answer arrives")

        return do

    def _update(self, slug: str, project: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
        app = self.apps[slug]

        async def do() -> str:
            return str(app.change(_news, slug, project))

        return do

    def _pin_up(self, slug: str, one: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
        """A need, an offer or a call, said now that the other node listens, and read there."""
        app, there = self.apps[slug], self.other(slug)

        async def do() -> None:
            uri = app.change(_pin_up, slug, _heading(one))

            async def arrived() -> bool:
                return bool(await there.look(_known, uri))

            await until(arrived, "the other board has it")

        return do

    def _say(self, slug: str, who: str, text: str) -> Callable[[], Awaitable[Any]]:
        app, there = self.apps[slug], self.other(slug)
        reader = "monia" if slug == "casa" else "salma"

        async def do() -> None:
            said = await app.post(who, "/api/v1/statuses", status=text, language="ar")

            async def read() -> bool:
                home = await there.get(reader, "/api/v1/timelines/home", limit=40)
                return any(one["uri"] == said["uri"] for one in home)

            await until(read, "the post is in the home of who follows")

        return do

    def _talk(self, slug: str, talk: dict[str, Any]) -> Callable[[], Awaitable[Any]]:
        """Messages between two people, each by her own app, the answer to the one before."""

        async def do() -> None:
            uri = ""
            for who, text in talk["items"]:
                away = elsewhere(who)
                app, name = (self.apps[away[1]], away[0]) if away else (self.apps[slug], who)
                [other] = [one for one in talk["between"] if one != who]
                far = elsewhere(other)
                to = (
                    f"@{far[0]}@{self.apps[far[1]].host}"
                    if far
                    else f"@{other}"
                    if not away
                    else f"@{other}@{self.apps[slug].host}"
                )
                sent: dict[str, Any] = {"status": f"{to} {text}", "visibility": "direct", "language": "ar"}
                if uri:
                    known = await until(lambda a=app, n=name, u=uri: a.known(n, u), "the message arrives")  # type: ignore[misc]
                    sent["in_reply_to_id"] = known["id"]
                uri = (await app.post(name, "/api/v1/statuses", **sent))["uri"]

        return do


COMES = {"casa": "hatem", "sfax": "youssef_b"}  # who of the other node comes to an event of this one
WELCOME = {
    "casa": "صباح الخير من الدار البيضاء. اليوم ربطنا شبكتنا بشبكة صفاقس: مواضيع ومشاريع مشتركة بلا وسيط. #تشبيك",
    "sfax": "مرحبا من صفاقس! من اليوم نجّموا نتبّعوا بعضنا ونجاوبوا في نفس المواضيع، وكلّ شبكة عند روحها. #تشبيك",
}


def _heading(one: dict[str, Any]) -> str:
    """Its title, by which a need, an offer or a call is told from the others."""
    return str(one["title"]["ar"] if isinstance(one["title"], dict) else one["title"])


def _pin_up(db: Database, slug: str, title: str) -> str:
    seeding = reopened(db, slug)
    [one] = [one for one in seeding.on_board(cross=True) if _heading(one) == title]
    return str(seeding.pin_up(one, now())["uri"])


def _known(db: Database, uri: str) -> bool:
    found = posts.by_uri(db, uri)
    return found is not None and found["kind"] in board.KINDS


def _topic(db: Database, title: str) -> tuple[str, int]:
    """(URI, answers) of our topic with this title."""
    row = db.row("select uri, id from posts where local and kind = 'topic' and title = ? limit 1", (title,))
    assert row is not None, title
    return row["uri"], int(db.value("select count(*) from posts where thread = ? and id <> ?", (row["id"], row["id"])))


def _writer(db: Database, slug: str, handle: str) -> str:
    return str(reopened(db, slug).writer(handle)["name"])


def _uri(db: Database, name: str) -> str:
    row = actors.ours(db, name)
    assert row is not None
    return str(row["uri"])


def _announce(db: Database, slug: str, event: dict[str, Any], co: str) -> str:
    return str(reopened(db, slug).announce(event, now(), [co])["uri"])


def _is_to_organise(db: Database, association: str, uri: str) -> bool:
    ours = actors.ours(db, association)
    return ours is not None and any(one["uri"] == uri for one in organisers.asked(db, ours["id"]))


def _organise(db: Database, slug: str, association: str, uri: str) -> None:
    seeding, event = reopened(db, slug), posts.by_uri(db, uri)
    assert event is not None
    organise.accept(db, seeding.user(seeding.speakers[association])["id"], seeding.actor(association), event, now())


def _organise_together(db: Database, uri: str) -> bool:
    event = posts.by_uri(db, uri)
    return event is not None and bool(organisers.confirmed(db, event["id"]))


def _passed_on(db: Database, uri: str) -> bool:
    return bool(db.value("select boosts > 1 from posts where uri = ?", (uri,)))


def _coming(db: Database, uri: str) -> bool:
    row = posts.by_uri(db, uri)
    return row is not None and events.coming(db, row["id"]) > 0


def _ask(db: Database, slug: str, project: str, lead: str, partner: str, host: str) -> None:
    seeding = reopened(db, slug)
    known = actors.by_handle(db, partner, host)
    assert known is not None
    partnership.ask(db, seeding.user(seeding.speakers[lead])["id"], seeding.actor(project), known, now())


def _is_asked(db: Database, partner: str, uri: str) -> bool:
    project, ours = actors.by_uri(db, uri), actors.ours(db, partner)
    return project is not None and ours is not None and partners.get(db, project["id"], ours["uri"]) is not None


def _accept(db: Database, slug: str, partner: str, uri: str) -> None:
    seeding = reopened(db, slug)
    project = actors.by_uri(db, uri)
    assert project is not None
    partnership.accept(db, seeding.user(seeding.speakers[partner])["id"], seeding.actor(partner), project, now())


def _is_partner(db: Database, project: str, partner: str, host: str) -> bool:
    ours, known = actors.ours(db, project), actors.by_handle(db, partner, host)
    return ours is not None and known is not None and partners.is_partner(db, ours["id"], known["id"])


def _news(db: Database, slug: str, project: dict[str, Any]) -> str:
    """The newest news of the project, said now that the other node listens."""
    seeding = reopened(db, slug)
    return str(seeding.update(seeding.actor(project["slug"]), project["updates"][-1], now())["uri"])
