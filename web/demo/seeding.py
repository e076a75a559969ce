"""`python -m web.demo.seeding FOLDER SLUG ORIGIN`: one node of the demonstration comes to be, a line for each thing made.

Only what its own people say is written here.  What comes from the other node crosses
over HTTP, later, as signed activities (web/demo/story).
"""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from federation import actors as documents
from federation import associations as association_documents
from federation import attendance, groups, meetings, moderation, outbox, projects, proposals, updates
from federation.bridge import now
from federation.handlers import follow, like, partnership
from federation.outbox import Draft
from federation.updates import News
from node import settings
from node.network import associations, forums
from node.network.board import Facts
from node.network.meetings import Meeting
from node.network.projects import Facts as ProjectFacts
from node.network.projects import Stage
from node.people import actors, memberships, users
from node.posts import polls
from node.store import Database, Row, connect
from web.commands.init import make_node
from web.demo.content import FOLLOWED, PASSWORD, elsewhere, moment, nodes, said, today
from web.pages import event_form

SUPPORT = 10  # of those whom the content names as supporters, one is a person here
HALF_A_DAY = 43_200_000
DAY = 86_400_000  # milliseconds
PROGRESS = {"done": 100, "started": 50, "late": 40, "planned": 0}


class Seeding:
    """One node's content on its way into one database."""

    def __init__(self, db: Database, content: dict[str, Any], day: datetime) -> None:
        self.db, self.content, self.day = db, content, day
        self.zone = content["timezone"]
        self.speakers: dict[str, str] = {}  # association -> the person who writes for it

    def all(self) -> Iterator[str]:
        """Everything, a name for each thing made."""
        for name in ("name", "tagline", "rules", "country", "locale", "timezone"):
            settings.choose(self.db, name, self.content[name])
        settings.choose(self.db, "about", self.content["tagline"])
        for person in self.content["people"]:
            yield self._person(person)
        for one in self.content["associations"]:
            yield self._association(one)
        yield self._relations()
        for forum in self.content["forums"]:
            yield from self._forum(forum)
        for project in self.content["projects"]:
            yield from self._project(project)
        for post in self.content["posts"]:
            self.say(post)
            yield "post"
        for poll in self.content["polls"]:
            yield self._poll(poll)
        for event in self.content["events"]:
            if not event.get("co"):  # those of two networks are announced when the other node listens
                yield self._event(event)
        for number, one in enumerate(self.on_board(cross=False)):
            self.pin_up(one, now() - (number + 1) * HALF_A_DAY)
            yield str(one["kind"])
        for one in self.content["consultations"]:
            yield self._consult(one)
        for number, one in enumerate(_written(self.content)):
            yield self._shelve(one, now() - (number + 2) * HALF_A_DAY)

    def _person(self, person: dict[str, Any]) -> str:
        handle, bio = person["handle"], {tag: f"<p>{text}</p>" for tag, text in person["bio"].items() if text}
        names = {"ar": person["name"]} | ({"zgh": person["name_zgh"]} if "name_zgh" in person else {})
        at = now()
        actor = documents.create(
            self.db, "Person", handle, at, display=person["name"], displays=names, language="ar",
            summary=bio.get("ar", ""), summaries=bio, fields=[["الصفة · Rôle", person["role"], None]],
        )  # fmt: skip
        role = "admin" if person.get("admin") else "member"
        users.create(self.db, actor, f"{handle}@{self.content['domain']}", PASSWORD, role, at)
        if person.get("of"):
            self.speakers.setdefault(person["of"], handle)
        return str(handle)

    def _association(self, one: dict[str, Any]) -> str:
        handle, country = one["handle"], self.content["country"].lower()
        self.speakers.setdefault(handle, self.content["people"][0]["handle"])
        owner = self.user(self.speakers[handle])
        facts = associations.Facts(
            field=one["field"], region=one["division"], size=one["size"], other_fields=one.get("other_fields", []),
            legal_form=one["legal_form"] if one["legal_form"].startswith(f"{country}-") else "",
            founded=str(one.get("founded") or ""), languages=self.content["languages"],
            contacts=[
                {"kind": kind, "value": one[kind], "shown": shown}
                for kind, shown in (("phone", "public"), ("email", "local")) if one.get(kind)
            ],
            hours={"ar": one["hours"]} if one.get("hours") else {}, milieu=one.get("milieu", ""),
        )  # fmt: skip
        texts = {tag: f"<p>{text}</p>" for tag, text in one["about"].items() if text}
        made = association_documents.create(self.db, owner["id"], handle, one["name"], facts, now(), texts=texts)
        for person in self.content["people"]:
            user = self.user(person["handle"])
            if person.get("of") == handle and user["id"] != owner["id"]:
                memberships.give(self.db, user["id"], made, "editor", now())
        return str(handle)

    def _relations(self) -> str:
        """Each person follows her own association, the network's, and the coordinator."""
        host = next((one["handle"] for one in self.content["associations"] if "host" in one.get("badges", [])), "")
        coordinator = self.content["people"][0]["handle"]
        for person in self.content["people"]:
            for target in {person.get("of"), host, coordinator} - {None, "", person["handle"]}:
                follow.ask(self.db, self.actor(person["handle"]), self.actor(str(target)), now())
        return "relations"

    def _forum(self, forum: dict[str, Any]) -> Iterator[str]:
        moderator = self.actor(self.content["people"][0]["handle"])
        place = groups.open_forum(
            self.db, forum["slug"], forum["title"], [moderator["id"]], now(), aims=forum["about"],
            forum=forums.Forum(field=forum["field"]),
        )  # fmt: skip
        yield forum["slug"]
        for topic in forum["topics"]:
            first = self.say(topic, place=place, kind="topic", title=topic["title"])
            for reply in topic["replies"]:
                if elsewhere(reply["by"]):
                    break
                self.say(reply, reply_to=first["id"])
            if topic.get("pinned"):
                moderation.pin(self.db, moderator, first, now())
            yield "topic"

    def _project(self, project: dict[str, Any]) -> Iterator[str]:
        lead, writer = self.actor(project["lead"]), self.user(self.speakers[project["lead"]])
        stages = [
            Stage({"ar": one["title"]}, ends=self.at(one["due"]), progress=PROGRESS[one["state"]],
                  done=one["state"] == "done")
            for one in project["milestones"]
        ]  # fmt: skip
        made = projects.create(
            self.db, writer["id"], project["slug"], lead, project["title"], now(), status="active",
            texts={tag: f"<p>{text}</p>" for tag, text in project["summary"].items()}, stages=stages,
            starts=self.at(project["start"]), ends=self.at(project["end"]), facts=self._facts(project),
        )  # fmt: skip
        row = actors.get(self.db, made)
        for partner in project["partners"]:
            if not elsewhere(partner):
                partnership.ask(self.db, writer["id"], row, self.actor(partner), now())
                partnership.accept(self.db, self.user(self.speakers[partner])["id"], self.actor(partner), row, now())
        yield project["slug"]
        for update in project["updates"][:-1]:  # the last one is said when the other node listens
            self.update(row, update)
            yield "update"

    def _facts(self, project: dict[str, Any]) -> ProjectFacts:
        people, budget = project.get("beneficiaries", {}), project.get("budget", {})
        names = {one["handle"]: one["name"] for one in self.content["associations"]}
        return ProjectFacts(
            places=project["places"], fields=[project["field"]], target=people.get("target"),
            reached=people.get("reached"),
            funders=[
                {"name": names[one]["ar"], "uri": self.actor(one)["uri"]} for one in project.get("funders", []) if one in names
            ],
            budget={"amount": str(budget["amount"]), "currency": budget["currency"], "shown": bool(budget.get("shown"))}
            if budget.get("amount") else {},
        )  # fmt: skip

    def update(self, project: Row, update: dict[str, Any], at: int | None = None) -> Row:
        """News of a project by one of its team, at its own moment, or `at`."""
        author = self.writer(update["by"])
        user = self.user(author["name"])
        name = updates.in_whose_name(self.db, user["id"], project)
        news = News(text=update["text"], language="ar", on_behalf=name["id"] if name is not None else None)
        return updates.publish(self.db, author, user["id"], project, news, at or self.spoken_at(update))

    def _poll(self, poll: dict[str, Any]) -> str:
        """The members here vote, in the proportion of the content; nobody else's vote is made up."""
        options = {
            "options": [(title, 0) for title, _ in poll["options"]], "multiple": poll["multiple"],
            "closes": self.at(poll["closes"]), "closed": None, "voters": 0,
        }  # fmt: skip
        asked = self.say({"by": poll["by"], "text": poll["question"], "when": {"d": -1}}, kind="question", poll=options)
        wanted = [number for number, (_, votes) in enumerate(poll["options"]) for _ in range(max(1, votes // 8))]
        voters = [one["handle"] for one in self.content["people"] if one["handle"] != poll["by"]]
        for voter, choice in zip(voters, wanted, strict=False):
            polls.vote(self.db, asked["id"], self.actor(voter)["id"], [choice], now())
        return "poll"

    def _consult(self, one: dict[str, Any]) -> str:
        """A consultation is a call: with its days, what is proposed as answers, and who supports it as likes of people here."""
        facts = Facts(region=self.content["region"], opens=self.at(one["opens"]), until=self.at(one["closes"]))
        writer = self.user(self.writer(one["by"])["name"])
        draft = Draft(text=f"{one['to']}\n\n{one['output']}", kind="call", title=one["title"]["ar"], language="ar",
                      user=writer["id"])  # fmt: skip
        post = proposals.publish(self.db, self.actor(one["by"]), draft, facts, self.at(one["opens"]))
        for proposed in one["proposals"]:
            answer = self.say({"by": proposed["by"], "text": proposed["title"]}, now(), reply_to=post["id"])
            for person in self.content["people"][: max(1, proposed["support"] // SUPPORT)]:
                like.put(self.db, self.actor(person["handle"]), answer, now())
        return "consultation"

    def _shelve(self, one: dict[str, Any], at: int) -> str:
        """A document of the shelf is a page of its association: read whole, kept and printed wherever it arrives."""
        self.say({"by": one["by"], "text": one["text"], "lang": one["lang"]}, at, kind="page", title=one["title"],
                 details={"shape": "Note"})  # fmt: skip
        return "document"

    def on_board(self, *, cross: bool) -> list[dict[str, Any]]:
        """Needs, offers and calls; cross: those of associations that the other node follows, said once it listens."""
        listed = [*self.content["needs_offers"], *({**one, "kind": "call"} for one in self.content["calls"])]
        return [one for one in listed if (one["by"] in FOLLOWED) == cross]

    def pin_up(self, one: dict[str, Any], at: int) -> Row:
        """A need, an offer or a call, by its association itself."""
        call = one["kind"] == "call"
        title = one["title"]["ar"] if call else one["title"]
        least, most = one.get("amount") or (None, None)
        facts = Facts(
            fields=tuple(one["fields"]) if call else (one["field"],),
            region=self.content["region"] if call else one["division"], least=least, most=most,
            currency=one.get("currency", ""), until=self.at(one["deadline"] if call else {"t": "23:59", **one["until"]}),
            project=self.actor(one["project"])["uri"] if one.get("project") else "",
        )  # fmt: skip
        text = "\n\n".join([one["who"]["ar"], *one.get("docs", [])]) if call else one["text"]
        user = self.user(self.writer(one["by"])["name"])["id"]
        draft = Draft(text=text, kind=one["kind"], title=title, language="ar", user=user)
        post = proposals.publish(self.db, self.actor(one["by"]), draft, facts, at)
        for asked in one.get("questions", []):
            self.say({"by": self.content["people"][1]["handle"], "text": asked["q"]}, now(), reply_to=post["id"])
            self.say({"by": self.writer(one["by"])["name"], "text": asked["a"]}, now(), reply_to=post["id"])
        return post

    def _event(self, event: dict[str, Any]) -> str:
        """Announced before it was; the members here who can say that they come do so."""
        begun = self.at(event["start"])
        made = self.announce(event, min(begun - 10 * DAY, now() - 2 * DAY))
        if event["rsvp"] == "open":
            for person in self.content["people"][: 3 + len(event["slug"]) % 4]:
                attendance.answer(self.db, self.actor(person["handle"]), made, "yes", now())
        return str(event["slug"])

    def announce(self, event: dict[str, Any], at: int, co: list[str] | None = None) -> Row:
        """The event, or the first of its series, by a person in the name of who organises it; co: URIs of others who do."""
        writer, organiser = self.writer(event["by"]), self.actor(event["by"])
        first = Meeting(
            event["title"]["ar"], self.at(event["start"]), self.at(event["end"]), self.zone, event["place"]["ar"],
            event.get("division", ""), capacity=event.get("capacity"), access=event.get("access", []), co=co or [],
            joining="restricted" if event["rsvp"] == "approval" else "free", series=event["slug"] if event.get("repeat") else "",
        )  # fmt: skip
        made = [
            meetings.publish(
                self.db, writer, one, Draft(text=event["about"]["ar"], language="ar", user=self.user(writer["name"])["id"],
                                            on_behalf=organiser["id"]), at + number * 1000,
            )
            for number, one in enumerate(event_form.repeated(first, event_form.Typed.restored(_repeats(event))))
        ]  # fmt: skip
        return made[0]

    def say(self, what: dict[str, Any], at: int | None = None, **more: Any) -> Row:
        """A post at its own moment, or `at`.  An association speaks for itself in short posts; what stands in a
        forum is written by a person in its name.
        """
        author, writer = self.actor(what["by"]), self.writer(what["by"])
        if author["type"] != "Person" and (more.get("place") or more.get("reply_to")):
            more["on_behalf"], author = author["id"], writer
        draft = Draft(text=what["text"], language=what.get("lang", "ar"), user=self.user(writer["name"])["id"], **more)
        return outbox.publish(self.db, author, draft, at or self.spoken_at(what))

    def at(self, when: dict[str, Any]) -> int:
        return moment(when, self.zone, self.day)

    def spoken_at(self, what: dict[str, Any]) -> int:
        return said(what["when"], self.zone, self.day)

    def writer(self, handle: str) -> Row:
        """The person who writes: herself, or whoever writes for an association."""
        found = self.actor(handle)
        return found if found["type"] == "Person" else self.actor(self.speakers[handle])

    def actor(self, handle: str) -> Row:
        found = actors.ours(self.db, handle)
        assert found is not None, handle
        return found

    def user(self, handle: str) -> Row:
        return users.by_name(self.db, handle)


def _repeats(event: dict[str, Any]) -> dict[str, str]:
    """`FREQ=MONTHLY;COUNT=4` as the form of an event has it; four times where no end is named."""
    rule = dict(part.split("=") for part in event.get("repeat", "").split(";") if part)
    if not rule:
        return {}
    return {"repeat": "month" if rule["FREQ"] == "MONTHLY" else "week", "dates": rule.get("COUNT", "4")}


def _written(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Documents whose words we have; recordings are none."""
    return [one for one in content["documents"] if one.get("text")]


def reopened(db: Database, slug: str) -> Seeding:
    """The same over a node that was seeded: who writes for whom is read again."""
    made = Seeding(db, nodes()[slug], today())
    for person in made.content["people"]:
        if person.get("of"):
            made.speakers.setdefault(person["of"], person["handle"])
    for one in made.content["associations"]:
        made.speakers.setdefault(one["handle"], made.content["people"][0]["handle"])
    return made


def steps(slug: str) -> int:
    """How many things are made, for the progress bar."""
    content = nodes()[slug]
    return (
        len(content["people"]) + len(content["associations"]) + 1 + len(content["posts"]) + len(content["polls"])
        + sum(one["by"] not in FOLLOWED for one in [*content["needs_offers"], *content["calls"]])
        + sum(1 + len(forum["topics"]) for forum in content["forums"])
        + sum(not event.get("co") for event in content["events"])
        + sum(len(project["updates"]) for project in content["projects"])
        + len(content["consultations"]) + len(_written(content))
    )  # fmt: skip


def seed(folder: Path, slug: str, origin: str) -> Iterator[str]:
    """The node is in the folder, whole, or not at all: a Ctrl-C on the way leaves a draft, which the next start drops."""
    draft = folder.with_name(folder.name + ".part")
    shutil.rmtree(draft, ignore_errors=True)
    make_node(draft, {"origin": origin, "development": True})
    db = connect(draft)
    try:
        db.conn.execute("begin immediate")
        yield from Seeding(db, nodes()[slug], today()).all()
        db.conn.execute("commit")
    finally:
        db.close()
    draft.rename(folder)


def main() -> None:
    """A line for each thing made, for whoever draws a progress bar."""
    folder, slug, origin = sys.argv[1:4]
    for _ in seed(Path(folder), slug, origin):
        print(".", flush=True)


if __name__ == "__main__":
    main()
