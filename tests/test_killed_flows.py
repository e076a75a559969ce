"""Every flow between two real nodes ends well when one of them is killed in the middle of it.

What one does is answered, then either node dies within the next moments and comes back: what was said
arrives, once.  ROUNDS in the environment asks for the whole way several times, with other moments.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from federation import actors as documents
from federation import groups, moderation, moving, outbox, updates
from federation.bridge import now
from federation.handlers import join, partnership
from node.people import actors
from node.posts import posts
from node.store import FILE, Database, connect, write_now
from tests.federation.network_world import row_of, user, with_facts, with_project
from tests.processes import Served, picture, until

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("ROUNDS", "1"))
LONGEST_LIFE = 0.08  # seconds from the answer to the kill: the time in which a letter leaves, arrives and is acted on
PATIENCE = 40


class Place:
    """One of the two nodes, with what its people do there."""

    def __init__(self, folder: Path) -> None:
        self.served = Served(folder).start()
        self.host = self.served.origin.partition("://")[2]
        self.token = self.served.token()
        self.other_token = self.served.token("yto")
        self._awake = 0

    def uri(self, name: str) -> str:
        return self.served.origin + ("/orgs/" if name == "tanmia" else "/users/") + name

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        """What the API answers Amal, or whose token it is."""
        status, answer, _ = self.served.ask(method, path, token or self.token, body)
        assert status == 200, (status, answer)
        return answer

    def account(self, handle: str) -> str:
        [found] = self.ask("GET", f"/api/v2/search?q=@{handle}&resolve=true&type=accounts")["accounts"]
        return str(found["id"])

    def status(self, uri: str) -> str:
        """The id here of a post that is known."""
        found = self.ask("GET", f"/api/v2/search?q={uri}&type=statuses")["statuses"]
        return str(found[0]["id"]) if found else ""

    def post(self, text: str, token: str = "", **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = self.ask("POST", "/api/v1/statuses", {"status": text, **more}, token)
        return said

    def change(self, fn: Callable[..., Any], *args: Any) -> Any:
        """A write beside the running node, as a command does it."""
        db = connect(self.served.folder)
        try:
            return write_now(db, fn, *args)
        finally:
            db.close()

    def count(self, sql: str, *values: Any) -> int:
        db = sqlite3.connect(self.served.folder / FILE, timeout=10)
        try:
            return int(db.execute(sql, values).fetchone()[0])
        finally:
            db.close()

    def speak_up(self, other: "Place") -> None:
        """A signed word to the other node, so that it knows that this one is back."""
        self._awake += 1
        verb = "follow" if self._awake % 2 else "unfollow"
        self.ask("POST", f"/api/v1/accounts/{self.account(f'yto@{other.host}')}/{verb}", token=self.other_token)


class Two:
    """Both nodes, and the hand that kills."""

    def __init__(self, folder: Path) -> None:
        with ThreadPoolExecutor(2) as hands:
            self.casa, self.sfax = hands.map(Place, (folder / "casa", folder / "sfax"))

    def end(self) -> None:
        for one in (self.casa, self.sfax):
            if one.served.process.poll() is None:
                one.served.kill()

    def sides(self, number: int) -> tuple[Place, Place]:
        """Who does it and who hears it: each in turn."""
        return (self.casa, self.sfax) if number % 2 == 0 else (self.sfax, self.casa)

    def arrives(self, once: Callable[[], Any]) -> Any:
        """What was just done comes to be though one of the two, whichever, dies now and comes back."""
        victim = random.choice((self.casa, self.sfax))
        time.sleep(random.uniform(0, LONGEST_LIFE))
        victim.served.kill()
        victim.served.start()
        try:
            return until(once, 2)
        except AssertionError:
            # A letter met a closed door, now or the time before: the next is in a minute, or as soon as that door speaks.
            self.casa.speak_up(self.sfax)
            self.sfax.speak_up(self.casa)
            return until(once, PATIENCE)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Two(tmp_path_factory.mktemp("killed"))
    yield made
    made.end()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_people(two: Two, number: int) -> None:
    here, there = two.sides(number)
    amal, other = here.account(f"amal@{there.host}"), there.account(f"amal@{here.host}")
    there.ask("POST", f"/api/v1/accounts/{other}/follow")

    here.ask("POST", f"/api/v1/accounts/{amal}/follow")
    two.arrives(lambda: here.ask("GET", f"/api/v1/accounts/relationships?id[]={amal}")[0]["following"])
    until(lambda: there.ask("GET", f"/api/v1/accounts/relationships?id[]={other}")[0]["following"])

    said = here.post("سلام", visibility="public", poll={"options": ["نعم", "لا"], "expires_in": 3600})["uri"]
    status = two.arrives(lambda: there.status(said))
    mine = here.status(said)

    def whole(path: str, place: Place = here, of: str = mine) -> Any:
        return place.ask("GET", f"/api/v1/statuses/{of}{path}")

    there.ask("POST", f"/api/v1/statuses/{status}/favourite")
    two.arrives(lambda: whole("")["favourites_count"] == 1)
    there.ask("POST", f"/api/v1/statuses/{status}/reblog")
    two.arrives(lambda: whole("")["reblogs_count"] == 1)
    there.ask("POST", f"/api/v1/polls/{whole('', there, status)['poll']['id']}/votes", {"choices": [1]})
    two.arrives(lambda: whole("")["poll"]["options"][1]["votes_count"] == 1)

    answer = there.post(f"@amal@{here.host} وعليكم", in_reply_to_id=status)
    two.arrives(lambda: len(whole("/context")["descendants"]) == 1)
    there.ask("PUT", f"/api/v1/statuses/{answer['id']}", {"status": f"@amal@{here.host} وعليكم السلام"})
    two.arrives(lambda: "السلام" in whole("/context")["descendants"][0]["content"])

    there.ask("POST", f"/api/v1/statuses/{status}/unfavourite")
    two.arrives(lambda: whole("")["favourites_count"] == 0)
    there.ask("POST", f"/api/v1/statuses/{status}/unreblog")
    two.arrives(lambda: whole("")["reblogs_count"] == 0)
    there.ask("DELETE", f"/api/v1/statuses/{answer['id']}")
    two.arrives(lambda: whole("/context")["descendants"] == [])

    secret = here.post(f"@amal@{there.host} بيننا", visibility="direct")["uri"]
    two.arrives(lambda: there.status(secret))
    assert there.count("select count(*) from posts where uri in (?, ?)", said, secret) == 2

    here.ask("POST", f"/api/v1/accounts/{amal}/unfollow")
    there.ask("POST", f"/api/v1/accounts/{other}/unfollow")
    two.arrives(lambda: _followers(there, "amal") == _followers(here, "amal") == 0)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_follower_waits_for_approval(two: Two, number: int) -> None:
    here, there = two.sides(number)
    yto, amal = here.account(f"yto@{there.host}"), there.account(f"amal@{here.host}")

    here.ask("POST", f"/api/v1/accounts/{yto}/follow")
    two.arrives(
        lambda: amal in [one["id"] for one in there.ask("GET", "/api/v1/follow_requests", token=there.other_token)]
    )
    there.ask("POST", f"/api/v1/follow_requests/{amal}/authorize", token=there.other_token)
    two.arrives(lambda: here.ask("GET", f"/api/v1/accounts/relationships?id[]={yto}")[0]["following"])

    there.ask("POST", f"/api/v1/accounts/{amal}/block", token=there.other_token)
    two.arrives(lambda: not here.ask("GET", f"/api/v1/accounts/relationships?id[]={yto}")[0]["following"])
    there.ask("POST", f"/api/v1/accounts/{amal}/unblock", token=there.other_token)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_forum(two: Two, number: int) -> None:
    here, there = two.sides(number)
    name = f"ma{number}"

    def open_forum(db: Database) -> None:
        groups.open_forum(db, name, {"ar": "الماء", "fr": "L'eau"}, [actors.ours(db, "amal")["id"]], now())  # type: ignore[index]

    here.change(open_forum)
    forum = there.account(f"{name}@{here.host}")
    there.ask("POST", f"/api/v1/accounts/{forum}/follow")
    two.arrives(lambda: there.ask("GET", f"/api/v1/accounts/relationships?id[]={forum}")[0]["following"])

    topic = there.post(f"@{name}@{here.host} بئر القرية\n\nمن يعرف مهندسا؟", visibility="public")["uri"]
    two.arrives(lambda: here.count("select count(*) from posts where uri = ? and place is not null", topic))
    until(lambda: there.count("select count(*) from posts where uri = ? and place is not null", topic))

    answer = here.post("أعرف واحدا", in_reply_to_id=here.status(topic), visibility="public")["uri"]
    two.arrives(lambda: there.status(answer))
    deeper = there.post("شكرا", in_reply_to_id=there.status(answer), visibility="public")["uri"]
    two.arrives(lambda: here.count("select count(*) from posts where uri = ? and place is not null", deeper))
    ours = here.post(f"@{name} بئر أخرى\n\nهنا", visibility="public")["uri"]
    two.arrives(lambda: there.count("select count(*) from posts where uri = ? and place is not null", ours))

    def act(fn: Callable[..., Any], *more: Any) -> None:
        here.change(lambda db: fn(db, actors.ours(db, "amal"), posts.by_uri(db, topic), *more))

    act(lambda db, amal, post: moderation.solve(db, amal, post, posts.by_uri(db, answer), now()))
    solved = "select count(*) from topics join posts as said on said.id = solution where said.uri = ?"
    two.arrives(lambda: there.count(solved, answer))
    act(lambda db, amal, post: moderation.lock(db, amal, post, now(), "طال"))
    two.arrives(lambda: there.count("select count(*) from posts where uri = ? and locked", topic))
    act(lambda db, amal, post: moderation.pin(db, amal, post, now()))
    two.arrives(lambda: there.count("select count(*) from pins join posts on posts.id = post where uri = ?", topic))
    act(lambda db, amal, post: moderation.remove(db, amal, post, "إشهار", now()))
    two.arrives(lambda: there.count("select count(*) from posts where uri = ? and removed is not null", topic))
    for place in (here, there):
        assert place.count("select count(*) from posts where uri in (?, ?, ?, ?)", topic, answer, deeper, ours) == 4


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_project_and_its_partner(two: Two, number: int) -> None:
    here, there = two.sides(number)
    name = f"oasis{number}"
    project = str(here.change(lambda db: with_project(db, name))["uri"])
    there.change(with_facts)
    here.account(f"tanmia@{there.host}")
    partner = there.uri("tanmia")
    state = "select count(*) from partners join actors on actors.id = project where actors.uri = ? and state = ?"

    here.change(lambda db: partnership.ask(db, user(db), row_of(db, project), row_of(db, partner), now()))
    two.arrives(lambda: there.count(state, project, "asked"))
    there.change(lambda db: partnership.accept(db, user(db), row_of(db, partner), row_of(db, project), now()))
    two.arrives(lambda: here.count(state, project, "accepted"))

    def news(db: Database) -> str:
        told = updates.publish(db, row_of(db, partner), user(db), row_of(db, project), updates.News("وصل الماء", stage=1,
                                                                                                 stage_progress=100), now())  # fmt: skip
        return str(told["uri"])

    told = there.change(news)
    two.arrives(lambda: here.count("select count(*) from posts where uri = ? and kind = 'update'", told))

    def own_news(db: Database) -> str:
        told = updates.publish(db, row_of(db, here.uri("tanmia")), user(db), row_of(db, project),
                               updates.News("حفرنا البئر"), now())  # fmt: skip
        return str(told["uri"])

    own = here.change(own_news)
    two.arrives(lambda: there.count("select count(*) from posts where uri = ? and kind = 'update'", own))
    there.change(lambda db: partnership.end(db, user(db), row_of(db, partner), row_of(db, project), partner, now()))
    two.arrives(lambda: here.count(state, project, "ended"))
    assert here.count("select count(*) from posts where uri = ?", told) == 1
    assert there.count("select count(*) from posts where uri = ?", own) == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_event(two: Two, number: int) -> None:
    here, there = two.sides(number)
    amal, other = here.account(f"amal@{there.host}"), there.account(f"amal@{here.host}")
    there.ask("POST", f"/api/v1/accounts/{other}/follow")
    here.ask("POST", f"/api/v1/accounts/{amal}/follow")
    until(lambda: there.ask("GET", f"/api/v1/accounts/relationships?id[]={other}")[0]["following"])

    def announce(db: Database) -> str:
        draft = outbox.Draft(
            text="ورشة",
            title="ورشة الماء",
            kind="event",
            details={"start": now() + 86_400_000, "timezone": "Africa/Tunis"},
        )
        return str(outbox.publish(db, row_of(db, here.uri("amal")), draft, now())["uri"])

    event = here.change(announce)
    two.arrives(lambda: there.status(event))

    def come(db: Database, verb: Callable[..., Any]) -> None:
        found = posts.by_uri(db, event)
        assert found is not None
        verb(db, row_of(db, there.uri("amal")), found, now())

    there.change(come, join.ask)
    coming = "select count(*) from answers join posts on posts.id = answers.post where uri = ? and answers.state = 'accepted'"
    two.arrives(lambda: there.count(coming, event))
    assert here.count(coming, event) == 1
    there.change(come, join.leave)
    two.arrives(lambda: not here.count(coming, event))
    here.change(lambda db: outbox.delete(db, posts.by_uri(db, event), now()))  # type: ignore[arg-type]
    two.arrives(lambda: not there.status(event))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_an_association_and_its_pictures(two: Two, number: int) -> None:
    here, there = two.sides(number)
    token = here.served.token("amal", "--as", "tanmia")
    association = there.account(f"tanmia@{here.host}")

    there.ask("POST", f"/api/v1/accounts/{association}/follow")
    two.arrives(lambda: there.ask("GET", f"/api/v1/accounts/relationships?id[]={association}")[0]["following"])
    name = f"جمعية النخيل {number}"
    here.ask("PATCH", "/api/v1/accounts/update_credentials", {"display_name": name}, token)
    two.arrives(lambda: there.ask("GET", f"/api/v1/accounts/{association}")["display_name"] == name)

    taken, media = here.served.upload(token, picture(), "image/png", "نخلة")
    words = {"spoiler_text": "تنبيه", "language": "ar", "visibility": "unlisted"}
    said = here.post("صورة", token, media_ids=[media["id"]], **words)
    arrived = two.arrives(lambda: there.status(said["uri"]))
    seen = there.ask("GET", f"/api/v1/statuses/{arrived}")
    assert taken == 200
    assert {word: seen[word] for word in words} == words
    assert [(one["type"], one["description"]) for one in seen["media_attachments"]] == [("image", "نخلة")]
    with urlopen(said["media_attachments"][0]["url"], timeout=10) as file:
        assert file.status == 200 and file.read()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_report_to_the_server_of_who_said_it(two: Two, number: int) -> None:
    here, there = two.sides(number)
    said = there.post(f"إشهار {number}", visibility="public")["uri"]
    found = here.ask("GET", f"/api/v2/search?q={said}&type=statuses&resolve=true")["statuses"][0]
    comment = f"إشهار، للمرة {number}"

    report = {"account_id": found["account"]["id"], "status_ids": [found["id"]], "comment": comment, "forward": True}
    here.ask("POST", "/api/v1/reports", report)
    reports = "select count(*) from reports where comment = ? and posts <> '[]'"
    two.arrives(lambda: there.count(reports, comment))
    assert here.count(reports, comment) == there.count(reports, comment) == 1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_moving_house(two: Two, number: int) -> None:
    here, there = two.sides(number)
    name = f"nour{number}"
    for place in (here, there):
        place.change(lambda db: documents.create(db, "Person", name, now()))
    old = there.account(f"{name}@{here.host}")
    there.ask("POST", f"/api/v1/accounts/{old}/follow")
    two.arrives(lambda: there.ask("GET", f"/api/v1/accounts/relationships?id[]={old}")[0]["following"])

    there.change(lambda db: moving._name_alias(db, row_of(db, there.uri(name))["id"], here.uri(name), now()))
    here.account(f"{name}@{there.host}")
    here.change(
        lambda db: moving._leave(db, row_of(db, here.uri(name))["id"], row_of(db, there.uri(name))["id"], now())
    )
    two.arrives(lambda: _followers(there, name) == 1)
    assert not there.ask("GET", f"/api/v1/accounts/relationships?id[]={old}")[0]["following"]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_one_keeps_for_oneself(two: Two, number: int) -> None:
    """Nothing of it crosses: what was answered is there after a kill at once."""
    here, _ = two.sides(number)
    mine = here.post(f"للحفظ {number}", visibility="private")["id"]
    media = here.served.upload(here.token, picture(), "image/png")[1]
    here.ask("POST", f"/api/v1/statuses/{mine}/bookmark")
    here.ask("POST", "/api/v1/lists", {"title": f"قائمة {number}"})
    here.ask("PATCH", "/api/v1/accounts/update_credentials", {"note": f"ماء {number}", "source": {"language": "fr"}})

    here.served.kill()
    here.served.start()
    assert here.ask("GET", "/api/v1/bookmarks")[0]["id"] == mine
    assert f"قائمة {number}" in [one["title"] for one in here.ask("GET", "/api/v1/lists")]
    kept = here.ask("GET", "/api/v1/accounts/verify_credentials")["source"]
    assert (kept["note"], kept["language"]) == (f"ماء {number}", "fr")
    with urlopen(here.ask("GET", f"/api/v1/media/{media['id']}")["url"], timeout=10) as file:
        assert file.status == 200 and file.read()


def _followers(place: Place, name: str) -> int:
    return place.count(
        "select count(*) from follows join actors on actors.id = target where actors.uri = ? and state = 'accepted'",
        place.uri(name),
    )
