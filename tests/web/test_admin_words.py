"""What the network says of itself is written by its administrators, on a page."""

from node import settings
from node.people import users
from tests.web.visitor import Visitor


async def test_name_sentence_rules_and_address_are_what_was_typed(node):
    async with Visitor(node) as amal, Visitor(node, "fr") as visitor:
        await amal.log_in()
        page = await amal.get("/admin/words")
        typed = {"name-ar": "شبكة سوس", "name-fr": "Réseau du Souss", "tagline-fr": "Ensemble", "about-fr": "Un\nDeux",
                 "rule0-ar": "الاحترام", "rule0-fr": "Le respect", "rule1-fr": "Pas de publicité", "contact": "salma@example.org"}  # fmt: skip
        page = await amal.send(page, "/admin/words", **typed)
        assert "Saved." in page.words and page.form("/admin/words").value("rule1-fr") == "Pas de publicité"
        assert "Réseau du Souss" in (await visitor.get("/")).words
        assert "Le respect" in (await visitor.get("/rules")).words
        about = await visitor.get("/about")
        assert "Deux" in about.words and "salma@example.org" in about.words
        page = await amal.send(page, "/admin/words", **{"rule0-ar": "", "rule0-fr": ""})
        assert await node.read(settings.get, "rules") == [{"fr": "Pas de publicité"}]
    acts = await node.read(lambda db: [row[0] for row in db.rows("select subject from audit where act = 'setting'")])
    assert set(acts) == {"name", "tagline", "about", "rules", "contact"}, "what was left alone is not on record"


async def test_what_is_refused_comes_back_as_typed(node):
    async with Visitor(node) as amal:
        await amal.log_in()
        page = await amal.get("/admin/words")
        for typed in ({"name-ar": "", "tagline-fr": "Ensemble"}, {"contact": "nonsense", "tagline-fr": "Ensemble"}):
            refused = await amal.send(page, "/admin/words", **typed)
            assert refused.status == 400 and refused.form("/admin/words").value("tagline-fr") == "Ensemble"
    assert await node.read(settings.get, "tagline") == {}


async def test_moderators_do_not_speak_for_the_network(node):
    user = await node.read(lambda db: users.by_name(db, "yto")["id"])
    await node.write(users.set_role, user, "moderator")
    async with Visitor(node) as yto:
        await yto.log_in("yto")
        token = (await yto.get("/me")).form("/logout").value("csrf")
        assert (await yto.get("/admin/words")).status == 404
        assert (await yto.post("/admin/words", {"csrf": token, "name-ar": "x"})).status == 404
