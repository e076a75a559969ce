"""What search engines are not told: what is hidden, who does not wish to be found; and nothing that people write is taken for data."""

import json

from federation import outbox
from federation.outbox import Draft
from node.people import actors
from tests.conftest import now
from tests.web.test_found import listed_on


async def test_what_people_write_does_not_leave_the_data(node):
    amal = await node.read(actors.ours, "amal")
    said = "</script><script>alert(1)</script> & <!-- x"
    details = {"start": now() + 10**9, "place": {"name": said}}
    draft = Draft(kind="event", title=said, text=said, language="fr", details=details)
    post = await node.write(outbox.publish, amal, draft, now())
    text = await (await node.get(f"/e/{post['id']}", "text/html")).text()
    assert text.count("<script") == text.count("</script") == 1 and "<!--" not in text
    assert json.loads(text.partition('ld+json">')[2].partition("</script>")[0])["name"] == said


async def test_the_sitemap_leaves_out_what_is_hidden_or_wishes_not_to_be_found(node):
    amal = await node.read(actors.ours, "amal")

    async def event(visibility: str) -> str:
        draft = Draft(kind="event", title="Réunion", text="x", visibility=visibility, details={"start": now() + 10**9})
        return f"/{(await node.write(outbox.publish, amal, draft, now()))['id']}"

    public, hidden = await event("public"), await event("followers")
    listed = " ".join(await listed_on(node)) + " "
    assert f"/e{public} " in listed and hidden not in listed and "/@tanmia " in listed
    await node.write(lambda db: db.execute("update actors set indexable = 0 where name in ('amal', 'tanmia')"))
    listed = " ".join(await listed_on(node)) + " "
    assert public not in listed and "/@tanmia " not in listed
