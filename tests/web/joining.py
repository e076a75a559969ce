"""What several files of tests do by letter and by form: choose settings, press buttons, ask for a link, ask to join."""

from node import settings
from tests import mailbox

# What an app asks for in somebody's name.
WISH = {"username": "mounia", "email": "mounia@example.org", "password": "a long sentence", "agreement": True,
        "locale": "fr", "reason": "جمعية"}  # fmt: skip


async def one(node, sql, *values):
    """The one value of a query."""
    return await node.read(lambda db: db.value(sql, values))


async def choose(node, **values):
    """The settings hold."""
    for name, value in values.items():
        await node.write(settings.choose, name, value)


async def ask_reset(browser, address="amal@example.org"):
    """The page after somebody asked for a new password."""
    page = await browser.get("/reset")
    return await browser.send(page, "/reset", email=address)


async def press(browser, path, **values):
    """The button on the page that a link leads to."""
    return await browser.send(await browser.get(path), path, **values)


async def reset_link(node, box, browser, number=1):
    """The path in the letter that lets her choose a new password."""
    await ask_reset(browser)
    return mailbox.link(await box.next(number), node)


async def app_token(node):
    """The token of an application that acts for nobody, with which it asks to join."""
    made = await node.api(
        "POST",
        "/api/v1/apps",
        json={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"},
    )
    sent = {"grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["client_secret"],
            "scope": "read write"}  # fmt: skip
    return (await node.api("POST", "/oauth/token", json=sent))["access_token"]
