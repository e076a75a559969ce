"""Associations over real HTTP: what they say of themselves, to whom, and who may speak for them."""

from typing import Any

import pytest

from federation import actors as documents
from federation import associations, fetch, outbox, resolve, statements
from federation.bridge import now
from federation.handlers import follow
from node.errors import Forbidden, Invalid
from node.network import associations as kept
from node.network import directory
from node.people import actors, users
from tests.conftest import until
from tests.federation.network_world import FACTS, document, row_of, user, with_facts


async def test_the_document_says_the_facts_in_lines_and_in_codes(node):
    await node.write(with_facts)

    found = await document(node, "/orgs/tanmia")

    assert found["type"] == "Organization"
    assert found["nameMap"] == {"ar": "جمعية التنمية", "fr": "Association Tanmia"}
    assert found["asso:fieldOfActivity"] == ["water", "youth"]
    assert found["asso:region"] == ["MA-09", "MA-TIZ"]
    assert found["asso:sizeBand"] == "s"
    assert found["foundingDate"] == "2011"
    assert found["location"]["address"]["addressRegion"] == "Souss-Massa"
    assert len(found["attachment"]) == 4
    assert found["attachment"][0]["name"] == "المجال · Domaine"
    assert "Eau" in found["attachment"][0]["value"]
    terms = {key for one in found["@context"] if isinstance(one, dict) for key in one}
    assert {"asso", "schema", "foundingDate", "contactPoint"} <= terms


async def test_only_public_contacts_go_out(node):
    await node.write(with_facts)
    found = await document(node, "/orgs/tanmia")
    text = str(found) + str(await document(node, "/orgs/tanmia/profile"))

    assert [one["telephone"] for one in found["contactPoint"] if "telephone" in one] == ["+212522000001"]
    assert "bureau@" not in text
    assert "661000002" not in text
    assert "representatives" not in text


async def test_a_node_of_the_network_is_told_more_than_a_stranger(node, other):
    await node.write(with_facts)
    stranger = await fetch.document(other.bridge, node.uri("tanmia") + "/profile")
    assert stranger.document["asso:representatives"] == [node.uri("amal"), node.uri("yto")]
    assert "bureau@" not in str(stranger.document)

    await node.write(lambda db: db.execute("insert into hosts (host, policy) values (?, 'allow') on conflict (host) "
                                           "do update set policy = 'allow'", (other.host,)))  # fmt: skip
    friend = await fetch.document(other.bridge, node.uri("tanmia") + "/profile")
    assert "bureau@tanmia.example" in str(friend.document)
    assert friend.document["asso:board"] == "9"
    assert "661000002" not in str(friend.document)


async def test_followers_elsewhere_hear_of_an_edit(node, other):
    await node.write(with_facts)
    known = await resolve.actor(other.bridge, node.uri("tanmia"))
    await other.write(lambda db: follow.ask(db, row_of(db, other.uri("amal")), known, now()))
    await until(lambda: node.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))

    await node.write(
        lambda db: associations.edit(
            db,
            user(db),
            row_of(db, node.uri("tanmia"))["id"],
            now(),
            names={"ar": "جمعية الواحة", "fr": "Association Oasis"},
        )
    )

    await until(lambda: other.read(lambda db: row_of(db, node.uri("tanmia"))["display"] == "جمعية الواحة"))
    [entry] = await other.read(directory.search, directory.Query(text="واحه"))
    assert entry["uri"] == node.uri("tanmia")


async def test_a_mastodon_app_sees_field_and_region(node, other):
    await node.write(with_facts)
    await resolve.actor(other.bridge, node.uri("tanmia"))
    account = await other.api("GET", f"/api/v1/accounts/lookup?acct=tanmia@{node.host}")

    names = [one["name"] for one in account["fields"]]
    assert names[:2] == ["المجال · Domaine", "الجهة · Région"]
    assert account["group"] is False
    assert account["bot"] is False


def test_only_those_whose_role_allows_it_change_the_association(db):
    row = with_facts(db)
    db.execute("update memberships set role = 'treasurer' where user = ?", (user(db, "yto"),))
    with pytest.raises(Forbidden):
        associations.edit(db, user(db, "yto"), row["id"], now(), names={"ar": "س"})
    associations.edit(db, user(db), row["id"], now(), facts=FACTS)


# ── in whose name ─────────────────────────────────────────────────────────────


async def said(other: Any, claimed: str, by: str) -> None:
    """A person of `other` claims to write for an association."""
    draft = outbox.Draft(text="باسم الجمعية", details={statements.BEHALF: claimed})
    await other.write(lambda db: outbox.publish(db, row_of(db, other.uri(by)), draft, now()))


async def said_for(node: Any, other: Any, claimed: str, by: str = "amal") -> Any:
    """What `node` keeps of such a post; its row."""
    await resolve.actor(node.bridge, other.uri(by))
    await node.write(lambda db: follow.ask(db, row_of(db, node.uri("amal")), row_of(db, other.uri(by)), now()))
    await until(lambda: other.read(lambda db: db.value("select count(*) from follows where state = 'accepted'")))
    await said(other, claimed, by)
    await until(lambda: node.read(lambda db: db.value("select count(*) from posts")))
    return await node.read(lambda db: db.row("select * from posts"))


async def test_a_post_in_an_associations_name_counts_once_its_profile_names_the_author(node, other):
    await other.write(with_facts)
    post = await said_for(node, other, other.uri("tanmia"))

    await until(lambda: node.read(lambda db: db.value("select on_behalf from posts")))
    organization = await node.read(lambda db: actors.get(db, db.value("select on_behalf from posts")))
    assert organization["uri"] == other.uri("tanmia")
    assert post["content"].startswith("<p>")


async def test_a_person_whom_the_profile_does_not_name_speaks_for_herself_alone(node, other):
    await other.write(with_facts)
    await other.write(
        lambda db: users.create(
            db,
            documents.create(db, "Person", "nora", now()),
            None,
            "a long password",
            "member",
            now(),
        )
    )
    await said_for(node, other, other.uri("tanmia"), by="nora")

    await until(lambda: node.read(lambda db: db.value("select count(*) from profiles_asked")))
    await said(other, other.uri("tanmia"), "nora")  # now that it is known who may speak
    await until(lambda: node.read(lambda db: db.value("select count(*) = 2 from posts")))
    assert await node.read(lambda db: db.value("select count(*) from posts where on_behalf is not null")) == 0


async def test_nobody_elsewhere_speaks_for_an_association_of_ours(node, other):
    await node.write(with_facts)
    post = await said_for(node, other, node.uri("tanmia"))
    assert post["on_behalf"] is None
    assert await node.read(lambda db: db.value("select count(*) from tasks where kind = ?", (statements.ASK,))) == 0


async def test_a_profile_that_describes_another_association_names_nobody(node, peer):
    org = {**peer.actor(), "id": f"{peer.origin}/orgs/x", "type": "Organization", "preferredUsername": "x",
           "asso:profile": f"{peer.origin}/orgs/x/profile"}  # fmt: skip
    org["publicKey"] = {}
    peer.documents["/orgs/x"] = org
    peer.documents["/orgs/x/profile"] = {
        "@context": "https://www.w3.org/ns/activitystreams", "id": f"{peer.origin}/orgs/x/profile", "type": "Profile",
        "describes": f"{peer.origin}/orgs/y", "asso:representatives": [peer.uri],
    }  # fmt: skip
    with pytest.raises(Forbidden):
        await associations.ask_profile(node.bridge, {"organization": f"{peer.origin}/orgs/x"})
    assert await node.read(lambda db: db.value("select count(*) from representatives")) == 0


def test_a_phone_is_kept_as_the_world_dials_it_and_bad_ones_are_refused(db):
    row = with_facts(db)
    typed = {"+212522000001": ["05 22 00 00 01", "0522.00.00.01", "00212 522 000 001", "٠٥٢٢٠٠٠٠٠١"]}
    for wanted, spellings in typed.items():
        for one in spellings:
            facts = kept.check(kept.Facts("water", "MA-06", "s", contacts=[{"kind": "phone", "value": one}]), "MA")
            assert facts.contacts[0]["value"] == wanted
            assert facts.contacts[0]["shown"] == "local"  # hidden unless somebody chose otherwise
    assert kept.get(db, row["id"]).contacts[0]["value"] == "+212522000001"


def test_a_web_address_gets_its_scheme_and_may_name_a_person_in_its_path(db):
    def read(value: str) -> str:
        contacts = [{"kind": "social", "value": value}]
        return kept.check(kept.Facts("water", "MA-06", "s", contacts=contacts), "MA").contacts[0]["value"]

    assert read("https://mastodon.example/@tanmia") == "https://mastodon.example/@tanmia"
    assert read("www.facebook.example/tanmia") == "https://www.facebook.example/tanmia"
    assert read("tanmia.example") == "https://tanmia.example"
    for bad in (
        "@tanmia",
        "https://me@evil.example/",
        "https://me:x@evil.example",
        "javascript:alert(1)",
        "http:///x",
        "a b.example",
        "https://a.example/<b>",
    ):
        with pytest.raises(Invalid):
            read(bad)
