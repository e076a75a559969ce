"""About this node: rules, words, neighbours, numbers of its weeks."""

from typing import Any

from aiohttp import web

from federation.bridge import now
from node import hosts, ids, settings
from node import html as markup
from node.care import decisions, numbers
from node.errors import NotFound
from node.people import actors
from node.posts import posts, visibility
from node.store import Database
from web.mastodon import entities, instance
from web.mastodon.answers import found
from web.mastodon.requests import answer, params, text
from web.state import BRIDGE

routes = web.RouteTableDef()

WEEK = 7 * 86_400_000
WEEKS = 12


@routes.get("/api/v1/instance/rules")
async def rules(request: web.Request) -> web.Response:
    """The rules of the house."""
    return await found(request, lambda db: instance.rules(settings.everything(db)))


@routes.get("/api/v1/instance/peers")
async def peers(request: web.Request) -> web.Response:
    """Servers that we know; none in a closed network, whose members are nobody's business."""
    return await found(request, lambda db: [] if settings.get(db, "network") == "closed" else hosts.names(db))


@routes.get("/api/v1/peers/search")
async def search_peers(request: web.Request) -> web.Response:
    """Those of them that begin so."""
    typed = text(await params(request), "q").strip().lower()

    def read(db: Database) -> list[str]:
        if not typed or settings.get(db, "network") == "closed":
            return []
        return [one for one in hosts.names(db) if one.startswith(typed)][:10]

    return await found(request, read)


@routes.get("/api/v1/instance/domain_blocks")
async def blocks(request: web.Request) -> web.Response:
    """Servers that we silence or do not hear."""
    severity = {"silence": "silence", "block": "suspend"}
    return await found(
        request,
        lambda db: [
            {"domain": decisions.half_hidden(row["host"]) if row["obfuscate"] else row["host"],
             "digest": decisions.digest(row["host"]), "severity": severity[row["policy"]], "comment": row["public_comment"]}
            for row in decisions.shown(db)
        ],
    )  # fmt: skip


@routes.get("/api/v1/instance/extended_description")
async def description(request: web.Request) -> web.Response:
    """What the network is."""

    def read(db: Database) -> dict[str, Any]:
        return {"updated_at": None, "content": _paragraphs(instance.words(settings.get(db, "about")))}

    return await found(request, read)


@routes.get("/api/v1/instance/privacy_policy")
async def privacy(request: web.Request) -> web.Response:
    """Where the promise about data stands: the page itself is the text."""
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> dict[str, Any]:
        born = db.value("select min(created) from users") or now()
        return {"updated_at": entities.time(born), "content": f'<p><a href="{origin}/privacy">{origin}/privacy</a></p>'}

    return await found(request, read)


@routes.get("/api/v1/instance/terms_of_service")
@routes.get("/api/v1/instance/terms_of_service/{date}")
async def terms(request: web.Request) -> web.Response:
    """None beside the rules."""
    raise NotFound("Record not found")


@routes.get("/api/v1/instance/languages")
async def languages(request: web.Request) -> web.Response:
    """Languages of the pages."""
    names = {"ar": "العربية", "fr": "Français", "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ", "en": "English"}
    return answer(request, [{"code": code, "name": name} for code, name in names.items()])


@routes.get("/api/v1/instance/translation_languages")
async def translations(request: web.Request) -> web.Response:
    """None: nothing is sent elsewhere to be translated."""
    return answer(request, {})


@routes.get("/api/v1/instance/activity")
async def activity(request: web.Request) -> web.Response:
    """Posts, active members and new ones of the last twelve weeks."""

    def read(db: Database) -> list[dict[str, str]]:
        start = now() - now() % WEEK
        return [_week(db, start - ago * WEEK) for ago in range(WEEKS)]

    return await found(request, read)


@routes.get("/api/oembed")
async def oembed(request: web.Request) -> web.Response:
    """A public post of ours, to be shown in another page."""
    sent = await params(request)
    origin = request.app[BRIDGE].origin

    def read(db: Database) -> dict[str, Any]:
        address = text(sent, "url")
        number = ids.read(address.rstrip("/").rpartition("/")[2])
        post = posts.by_id(db, number) if number is not None else None
        ours = post is not None and post["local"] and post["boost_of"] is None and address in (post["url"], post["uri"])
        if post is None or not ours or visibility.see(db, post["id"], None) is None:
            raise NotFound("Record not found")
        author = actors.get(db, post["author"])
        shown = markup.escape(author["display"] or author["name"])
        said = f"<p>{markup.escape(post['warning'])}</p>" if post["warning"] else post["content"]
        return {
            "type": "rich", "version": "1.0", "author_name": author["display"] or author["name"],
            "author_url": author["url"], "provider_name": instance.words(settings.get(db, "name")),
            "provider_url": origin, "cache_age": 86_400, "width": 400, "height": None,
            "html": f'<blockquote cite="{markup.escape(post["uri"])}">{said}'
                    f'<p>— <a href="{markup.escape(post["url"])}">{shown}</a></p></blockquote>',
        }  # fmt: skip

    return await found(request, read)


def _week(db: Database, start: int) -> dict[str, str]:
    values = {"start": start, "end": start + WEEK}
    return {
        "week": str(start // 1000),
        "statuses": str(numbers.said_between(db, start, start + WEEK)),
        "logins": str(db.value("select count(*) from users where seen >= :start and seen < :end", values)),
        "registrations": str(db.value("select count(*) from users where created >= :start and created < :end", values)),
    }


def _paragraphs(words: str) -> str:
    return "".join(f"<p>{markup.escape(one)}</p>" for one in words.split("\n") if one.strip())
