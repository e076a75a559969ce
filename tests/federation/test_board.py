"""Needs, offers and calls: what peers read of ours, what we read of theirs, and what crosses between two nodes."""

import json

import pytest

from federation import outbox, proposals
from federation import vocabulary as v
from federation.activity import Activity
from federation.handlers import create, update
from federation.kinds import table
from federation.outbox import Draft
from node.errors import Forbidden, Invalid, NodeError
from node.network import board
from node.network.board import Facts, Query
from node.people import actors, follows
from node.posts import posts
from tests.conftest import now, until
from tests.federation.test_two_nodes import follow
from tests.world import AMAL, BADR, NOW, PEER, TANMIA, know_badr

DAY = 86_400_000
WATER = Facts(fields=("water",), region="MA-SIB", until=NOW + 9 * DAY)
TITLE = "كهربائي متطوع ليوم واحد"


def user_of(db, name="amal"):
    return db.value("select users.id from users join actors on actors.id = users.actor where actors.name = ?", (name,))


def publish(db, kind="need", facts=WATER, now=NOW, author=TANMIA, **more):
    draft = Draft(**{"text": "المادة كلها موجودة.", "kind": kind, "title": TITLE, "language": "ar", **more})
    return proposals.publish(db, author.row(db), draft, facts, now)


def theirs(**layer):
    """A need of Badr's, as a node of our kind writes it."""
    uri = f"{PEER}/posts/7"
    return {
        "@context": v.AS2, "id": uri, "type": "Note", "attributedTo": BADR.uri, "to": [v.PUBLIC], "cc": [],
        "url": f"{PEER}/n/7", "published": "2025-12-31T10:00:00Z", "endTime": "2026-02-01T23:00:00Z",
        "content": f'<p><strong>حاجة · {TITLE}</strong></p><p>المادة موجودة.</p><p>صفاقس<br><a href="{PEER}/n/7">'
                   'peer.example/n/7</a></p>',
        "asso:proposal": {
            "id": f"{uri}#proposal", "type": "Proposal", "asso:kind": "need", "purpose": "request", "name": TITLE,
            "asso:state": "open", "asso:fieldOfActivity": ["water"], "asso:region": ["TN-61", "sfax-1"], **layer,
        },
    }  # fmt: skip


def receive(db, document, kind="Create", now=NOW):
    know_badr(db)
    spoken = Activity(f"{PEER}/a/{kind}/{document.get('updated', 1)}", kind, BADR.uri, document, {"object": document})
    (create if kind == "Create" else update).receive(db, spoken, now)
    return posts.by_uri(db, document["id"])


# ── ours ──────────────────────────────────────────────────────────────────────


def test_everybody_reads_the_word_the_title_the_place_the_day_and_the_address(db):
    post = publish(db)
    found = table.document(db, post)
    assert found["type"] == "Note" and "name" not in found and "summary" not in found
    assert found["content"].startswith(f"<p><strong>حاجة · {TITLE}</strong></p>")
    assert "سيدي بنور" in found["content"] and "10 يناير 2026" in found["content"]
    assert found["content"].endswith(f'<a href="{post["url"]}" rel="nofollow noopener">{post["url"][8:]}</a></p>')
    assert post["url"].endswith(f"/n/{post['id']}")
    assert found["contentMap"] == {"ar": found["content"]}
    assert found["endTime"] == "2026-01-10T00:00:00Z"
    terms = found["@context"][-1]
    assert terms["Proposal"] == "vf:Proposal" and terms["hasUnit"] == "om2:hasUnit" and "om2" in terms


@pytest.mark.parametrize(
    ("kind", "language", "word"),
    [("need", "fr", "Besoin"), ("offer", "ary", "عرض"), ("offer", "en", "Offer"), ("call", "aeb", "نداء"),
     ("call", "fr", "Appel"), ("need", "zgh", "حاجة")],
)  # fmt: skip
def test_each_kind_begins_with_its_word_in_the_language_of_the_post(db, kind, language, word):
    found = table.document(db, publish(db, kind, language=language))
    assert found["content"].startswith(f"<p><strong>{word} · ")


def test_what_is_ours_is_read_again_as_it_was_written(db):
    call = Facts(fields=("youth", "water"), region="MA-06", until=NOW + DAY, opens=NOW - DAY, least=30_000, most=120_000,
                 currency="MAD", link="https://ofoq.example/appel?a=1&b=2")  # fmt: skip
    post = publish(db, "call", call, text="ملف واحد.\n\nميزانية.")
    document = json.loads(posts.document(post))
    document = json.loads(json.dumps(document).replace("https://node.example/orgs/tanmia", BADR.uri))
    document = json.loads(json.dumps(document).replace("node.example", "peer.example"))
    read = receive(db, document)
    assert (read["kind"], read["title"], read["content"]) == ("call", TITLE, "<p>ملف واحد.</p><p>ميزانية.</p>")
    assert board.of(posts.details(read)) == call
    assert not [key for key in posts.details(read) if key == "asso:proposal"]


def test_an_association_passes_on_what_is_said_in_its_name(db):
    badr = know_badr(db)
    follows.keep(db, badr["id"], TANMIA.id(db), f"{PEER}/f/1", True, NOW)
    post = publish(db, author=AMAL, on_behalf=TANMIA.id(db), user=user_of(db))
    assert posts.boost_by(db, TANMIA.id(db), post["id"]) is not None
    assert table.document(db, post)["asso:proposal"]["attributedTo"] == TANMIA.uri


@pytest.mark.parametrize(
    "facts",
    [Facts(until=NOW - 1), Facts(until=NOW + 6 * 365 * DAY), Facts(region="XX-1"), Facts(fields=("nothing",)),
     Facts(least=5, most=4), Facts(most=10**13), Facts(currency="USD"), Facts(opens=NOW + 3 * DAY, until=NOW + DAY)],
    ids=["past", "far", "region", "field", "least over most", "rich", "currency", "opens after its end"],
)  # fmt: skip
def test_impossible_facts_are_refused(db, facts):
    with pytest.raises(Invalid):
        publish(db, facts=facts)


def test_a_need_without_a_title_is_refused(db):
    with pytest.raises(Invalid):
        publish(db, title="  ")


# ── its state ─────────────────────────────────────────────────────────────────


def test_a_state_is_said_in_words_and_told_to_whoever_had_it(db):
    badr = know_badr(db)
    follows.keep(db, badr["id"], TANMIA.id(db), f"{PEER}/f/1", True, NOW)
    post = publish(db)
    changed = proposals.change_state(
        db, user_of(db, "yto"), TANMIA.id(db), post, "met", NOW + DAY, thanks="مسرح الأحياء"
    )
    found = json.loads(posts.document(changed))
    assert found["content"].startswith(f"<p><strong>حاجة (لُبّيت) · {TITLE}</strong></p>")
    assert (found["asso:proposal"]["asso:state"], found["closed"]) == ("met", "2026-01-02T00:00:00Z")
    assert found["updated"] == "2026-01-02T00:00:00.000Z"
    letter = db.row("select * from letters order by id desc limit 1")
    assert (letter["type"], letter["object"]) == ("Update", post["uri"])
    assert db.value("select count(*) from deliveries where letter = ?", (letter["id"],)) == 1
    again = proposals.change_state(db, user_of(db), TANMIA.id(db), changed, "met", NOW + 2 * DAY, thanks="مسرح الأحياء")
    assert again["edited"] == changed["edited"]  # nothing new, nothing told


def test_who_does_not_answer_for_it_changes_nothing(db):
    post = publish(db)
    outsider = db.value("select id from users where email like 'yto%'")
    db.execute("delete from memberships where user = ?", (outsider,))
    with pytest.raises(Forbidden):
        proposals.change_state(
            db, outsider, actors.by_uri(db, "https://node.example/users/yto")["id"], post, "met", NOW
        )
    with pytest.raises(Invalid):
        proposals.change_state(db, user_of(db), TANMIA.id(db), post, "burnt", NOW)


def test_a_peers_state_moves_by_its_author_alone(db):
    read = receive(db, theirs())
    assert (read["kind"], read["title"], read["content"]) == ("need", TITLE, "<p>المادة موجودة.</p>")
    assert board.of(posts.details(read)) == Facts(fields=("water",), region="sfax-1", until=1_769_986_800_000)
    assert board.listed(db, Query(region="TN-61", field="water"), None, NOW) == [read["id"]]
    newer = theirs(**{"asso:state": "met"}) | {"updated": "2025-12-31T12:00:00Z"}
    stranger = Activity(f"{PEER}/a/9", "Update", f"{PEER}/users/eve", newer, {"object": newer})
    update.receive(db, stranger, NOW)
    assert board.listed(db, Query(), None, NOW) == [read["id"]]
    receive(db, newer, "Update")
    assert board.listed(db, Query(), None, NOW) == []
    assert board.listed(db, Query(states=("met",)), None, NOW) == [read["id"]]


# ── hostile ───────────────────────────────────────────────────────────────────

ODD = [None, 7, 1.5, True, [], {}, "", "x" * 100_000, [["a"]], {"a": {"b": 1}}, "9999-99-99T00:00:00Z", -1, "0001-01-01T00:00:00Z",
       [None] * 300, "<b>\u202e</b>", {"id": 5, "amount": []}]  # fmt: skip
KEYS = ("id", "type", "asso:kind", "purpose", "name", "asso:state", "asso:fieldOfActivity", "asso:region", "funding", "url",
        "asso:thanks", "startTime", "closed", "publishes", "attributedTo")  # fmt: skip


@pytest.mark.parametrize("key", [*KEYS, "endTime", "content", "closed of the Note"])
def test_odd_values_are_read_as_far_as_they_make_sense(db, key):
    for number, value in enumerate(ODD):
        document = theirs(**({key: value} if key in KEYS else {}))
        if key not in KEYS:
            document[key.partition(" ")[0]] = value
        document["id"] = f"{PEER}/posts/{number + 100}"
        if key != "id":
            document["asso:proposal"]["id"] = f"{document['id']}#proposal"
        try:
            read = receive(db, document)
        except NodeError:
            continue
        if read is not None and read["kind"] in board.KINDS:
            facts = board.of(posts.details(read))
            assert len(read["title"]) <= 200 and facts.state in board.STATES and len(facts.fields) <= 5
            assert len(facts.region) <= 50 and len(facts.thanks) <= 200
            board.near(db, read["kind"], facts, None, NOW, 3)
    board.listed(db, Query(kinds=("need",)), None, NOW)


@pytest.mark.parametrize("amount", [{"schema:maxValue": "9" * 40}, {"schema:maxValue": "1e9"}, {"schema:minValue": True},
                                    {"currency": {"a": 1}}, {"currency": ["MAD"]}, {"schema:minValue": "٣٠"}])  # fmt: skip
def test_an_odd_amount_is_no_amount(db, amount):
    read = receive(db, theirs(funding={"type": "MonetaryGrant", "amount": amount}))
    facts = board.of(posts.details(read))
    assert (facts.least, facts.most, facts.currency) == (None, None, "")


def test_a_proposal_of_another_host_and_an_answer_are_plain_notes(db):
    assert receive(db, theirs(id="https://elsewhere.example/1#proposal"))["kind"] == "note"
    answer = theirs() | {"id": f"{PEER}/posts/8", "inReplyTo": f"{PEER}/posts/7"}
    answer["asso:proposal"]["id"] = f"{PEER}/posts/8#proposal"
    assert receive(db, answer)["kind"] == "note"


def test_a_link_is_a_web_address_or_none(db):
    read = receive(db, theirs(url="javascript:alert(1)"))
    assert board.of(posts.details(read)).link == ""


def test_a_bare_proposal_is_read_too(db):
    found = {
        "@context": v.AS2, "id": f"{PEER}/proposals/1", "type": "Proposal", "attributedTo": BADR.uri, "to": [v.PUBLIC],
        "purpose": "offer", "name": "جهاز صوت", "content": "<p>للإعارة.</p>", "published": "2025-12-31T10:00:00Z",
    }  # fmt: skip
    read = receive(db, found)
    assert (read["kind"], read["title"], read["content"]) == ("offer", "جهاز صوت", "<p>للإعارة.</p>")


# ── lists ─────────────────────────────────────────────────────────────────────


def test_only_what_is_public_stands_on_the_board_is_counted_suggested_and_found(db):
    know_badr(db)
    for visible in ("followers", "direct", "unlisted"):
        publish(db, visibility=visible)
    for viewer in (None, AMAL.id(db), BADR.id(db)):
        assert board.listed(db, Query(), viewer, NOW) == []
        assert board.count(db, Query(), viewer, NOW) == 0
        assert board.near(db, "offer", WATER, viewer, NOW, 3) == []
    assert db.value("select count(*) from search where kind = 'need'") == 0


def test_what_is_over_leaves_the_list_and_stays_when_it_was_met(db):
    post = publish(db)
    assert board.listed(db, Query(), None, WATER.until) == [post["id"]]
    assert board.listed(db, Query(), None, WATER.until + 1) == []
    proposals.change_state(db, user_of(db), TANMIA.id(db), post, "met", NOW + 20 * DAY)
    assert board.listed(db, Query(states=("met",)), None, NOW + 30 * DAY) == [post["id"]]


def test_places_hold_their_parts_and_lie_in_their_wholes(db):
    here = publish(db, facts=Facts(region="MA-SIB"))["id"]
    whole = publish(db, facts=Facts(region="MA-06"), now=NOW + 1000)["id"]
    anywhere = publish(db, facts=Facts(), now=NOW + 2000)["id"]
    publish(db, facts=Facts(region="TN-61"), now=NOW + 3000)
    assert board.listed(db, Query(region="MA-06"), None, NOW) == [anywhere, whole, here]
    assert board.listed(db, Query(region="MA-SIB"), None, NOW) == [anywhere, whole, here]
    assert board.listed(db, Query(region="casa-1"), None, NOW) == [anywhere, whole]


def test_offers_for_a_need_are_sought_by_field_then_by_region(db):
    both = publish(db, "offer", WATER)["id"]
    same_field = publish(db, "offer", Facts(fields=("water",), region="TN-61"), NOW + 1000)["id"]
    same_region = publish(db, "offer", Facts(fields=("sport",), region="casa-8"), NOW + 2000)["id"]
    publish(db, "offer", Facts(fields=("sport",), region="TN-61"), NOW + 3000)
    publish(db, "need", WATER, NOW + 4000)
    assert board.near(db, "need", WATER, None, NOW, 5) == [both, same_field, same_region]
    assert board.near(db, "call", WATER, None, NOW, 5) == []


def test_a_deleted_need_leaves_the_board(db):
    post = publish(db)
    outbox.delete(db, post, NOW)
    assert db.value("select count(*) from board") == 0


# ── two nodes ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["there to here", "here to there"])
async def test_an_offer_and_its_state_cross(node, other, way):
    reader, writer = (node, other) if way == "there to here" else (other, node)
    await follow(reader, reader.token(), f"tanmia@{writer.host}")

    def offer(db):
        author = actors.ours(db, "tanmia")
        draft = Draft(text="كل ثلاثاء.", kind="offer", title="قراءة ملفات", language="ar")
        facts = Facts(fields=("water",), region="TN-61")
        return proposals.publish(db, author, draft, facts, now())["id"]

    number = await writer.write(offer)
    [seen] = await until(lambda: reader.read(board.listed, Query(kinds=("offer",), region="TN-61"), None, now()))
    row = await reader.read(posts.get, seen)
    assert (row["kind"], row["title"], row["content"]) == ("offer", "قراءة ملفات", "<p>كل ثلاثاء.</p>")

    def met(db):
        owner = user_of(db)
        org = actors.ours(db, "tanmia")["id"]
        proposals.change_state(db, owner, org, posts.get(db, number), "met", now(), thanks="أمل")

    await writer.write(met)
    await until(lambda: reader.read(board.listed, Query(kinds=("offer",), states=("met",)), None, now()))
    row = await reader.read(posts.get, seen)
    assert board.of(posts.details(row)).thanks == "أمل"
    status = await reader.api("GET", f"/api/v1/statuses/{seen}", reader.token())
    assert status["content"].startswith("<p><strong>عرض (استُفيد منه) · قراءة ملفات</strong></p>")
