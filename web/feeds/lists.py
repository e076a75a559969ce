"""A feed for every list: an author's posts, a forum's topics, a project's updates, a hashtag, this node, the board."""

import zlib
from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from federation.bridge import now
from node.errors import NotFound
from node.html import escape, plain
from node.ids import LAST
from node.network import agenda, forums, topics
from node.network.board import Query
from node.network.board import listed as listed_on_board
from node.people import actors
from node.posts import timelines
from node.store import Database
from node.text import fold, one_line
from web import assets, rendering, words
from web.feeds import atom, calendar
from web.pages import board, cards, people, post
from web.pages.cards import Card
from web.state import BRIDGE

routes = web.RouteTableDef()
MOST = 30
LOOKED_THROUGH = 120  # public posts among which those of associations are chosen
Find = Callable[[Database], tuple[str, str, list[int]]]  # title, path of the page, ids of posts


@routes.get("/@{name}/feed")
async def author(request: web.Request) -> web.Response:
    """What an actor of ours says."""
    return await _answer(request, lambda db: _of_author(db, request.match_info["name"]))


@routes.get("/f/{name}/feed")
async def forum(request: web.Request) -> web.Response:
    """The topics of a forum of ours, the last opened first."""
    return await _answer(request, lambda db: _of_place(db, request.match_info["name"], project=False))


@routes.get("/p/{name}/feed")
async def project(request: web.Request) -> web.Response:
    """The updates of a project of ours."""
    return await _answer(request, lambda db: _of_place(db, request.match_info["name"], project=True))


@routes.get("/tags/{name}/feed")
async def tag(request: web.Request) -> web.Response:
    """Public posts with a hashtag."""
    name = one_line(request.match_info["name"], 100)
    page = str(request.rel_url.parent.raw_path)
    return await _answer(
        request, lambda db: (f"#{name}", page, timelines.with_tag(db, fold(name), None, LAST, 0, MOST))
    )


@routes.get("/local/feed")
async def local(request: web.Request) -> web.Response:
    """Public posts of this node."""
    return await _answer(request, lambda db: ("", "/local", timelines.public(db, None, LAST, 0, MOST, here=True)))


@routes.get("/assoc/feed")
async def associations(request: web.Request) -> web.Response:
    """What associations say, here and on the nodes that we know."""
    return await _answer(request, _of_associations)


@routes.get("/projects/feed")
async def every_project(request: web.Request) -> web.Response:
    """Updates of all projects that are known here."""
    return await _answer(request, _of_projects)


@routes.get("/forums/feed")
async def every_forum(request: web.Request) -> web.Response:
    """Topics of our forums, the last opened first."""
    return await _answer(request, _of_forums)


@routes.get("/board/feed")
async def on_the_board(request: web.Request) -> web.Response:
    """Needs or offers, as the board shows them."""
    query, kind, _ = board.read(request)
    return await _answer(request, lambda db: _of_board(db, query, board.HEADINGS[kind], request))


@routes.get("/calls/feed")
async def calls(request: web.Request) -> web.Response:
    """Calls for projects and partners."""
    query = replace(board.read(request)[0], kinds=("call",))
    return await _answer(request, lambda db: _of_board(db, query, "Calls for projects", request))


@routes.get("/agenda/feed")
async def events(request: web.Request) -> web.Response:
    """Events to come, the last made known first; the choices of the agenda hold here too."""
    wanted = replace(calendar.choice(request), since=now(), until=now() + 366 * agenda.DAY)

    def find(db: Database) -> tuple[str, str, list[int]]:
        return words.say("Agenda"), "/agenda", sorted(agenda.between(db, None, wanted), reverse=True)[:MOST]

    return await _answer(request, find)


async def _answer(request: web.Request, find: Find) -> web.Response:
    reader = await rendering.read_by(request, page=False)
    node = await rendering.chosen(request)
    origin = request.app[BRIDGE].origin
    network = words.pick(node["name"])

    def read(db: Database) -> bytes:
        title, page, ids = find(db)
        found = [one for one in cards.cards(db, ids, None) if one.public]
        latest = max((one.edited or one.published for one in found), default=0)
        return atom.render(atom.Feed(
            id=origin + request.path, title=f"{title} · {network}" if title else network, address=origin + request.path,
            page=origin + page, language=reader.tag, updated=latest, icon=origin + assets.address("mark.svg"),
            entries=[_entry(one, origin) for one in found],
        ))  # fmt: skip

    body = await request.app[BRIDGE].store.read(read)
    headers = {"Cache-Control": "public, max-age=300", "ETag": f'"{zlib.crc32(body):08x}"',
               "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding, Accept-Language, Cookie",
               "Content-Type": f"{atom.TYPE}; charset=utf-8",
               "Content-Security-Policy": "default-src 'none'"}  # fmt: skip
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


def _entry(one: Card, origin: str) -> atom.Entry:
    warned = bool(one.warning)
    said = plain(one.content).replace("\n", " ").strip()
    pictures = [] if warned or one.sensitive else [
        (origin + picture.url, "image/*", picture.size or 0) for picture in one.pictures if picture.url.startswith("/")
    ]  # fmt: skip
    return atom.Entry(
        id=one.uri, url=origin + one.url, title=_title(one) or one.warning or post.shorten(said, 80),
        html=f"<p>{escape(one.warning)}</p>" if warned else one.content, author=one.author.name,
        author_url=origin + one.author.url, published=one.published, updated=one.edited or one.published,
        language=one.language, enclosures=pictures,
    )  # fmt: skip


def _title(one: Card) -> str:
    """The title; of a need, an offer, a call its word before it."""
    return f"{words.say(one.kind.word)}: {one.title}" if one.board is not None else one.title


def _of_author(db: Database, name: str) -> tuple[str, str, list[int]]:
    actor = actors.ours(db, name)
    if actor is None or actor["gone"]:
        raise NotFound("There is no such account here.")
    who = people.who(actor)
    if actor["type"] == "Organization":
        return who.name, who.url, timelines.of_association(db, who.id, None, LAST, 0, MOST)
    return who.name, who.url, timelines.of_author(db, who.id, None, LAST, 0, MOST, replies=False)


def _of_place(db: Database, name: str, *, project: bool) -> tuple[str, str, list[int]]:
    actor = actors.ours(db, name)
    if actor is None or actor["gone"] or actor["type"] != "Group" or people.is_project(actor) != project:
        raise NotFound("There is no page at this address.")
    who = people.who(actor)
    if not project:
        rows = topics.of(db, who.id, None, limit=MOST)
        return who.name, who.url, sorted((row["id"] for row in rows), reverse=True)
    rows = db.rows(
        "select id from posts where place = ? and boost_of is null and kind = 'update' order by id desc limit ?",
        (who.id, MOST),
    ).fetchall()
    return who.name, who.url, [row["id"] for row in rows]


def _of_board(db: Database, query: Query, title: str, request: web.Request) -> tuple[str, str, list[int]]:
    page = str(request.rel_url).replace("/feed", "", 1)
    return words.say(title), page, listed_on_board(db, replace(query, before=LAST, limit=MOST), None, now())


def _of_associations(db: Database) -> tuple[str, str, list[int]]:
    ids = timelines.public(db, None, LAST, 0, LOOKED_THROUGH)
    found = [one.of for one in cards.cards(db, ids, None) if one.author.square or one.on_behalf is not None]
    return words.say("Associations"), "/assoc", found[:MOST]


def _of_forums(db: Database) -> tuple[str, str, list[int]]:
    rows = topics.latest(db, None, here=True, limit=MOST)
    known = {row["id"] for row in forums.every(db, None)}
    return words.say("Forums"), "/forums", sorted((row["id"] for row in rows if row["place"] in known), reverse=True)


def _of_projects(db: Database) -> tuple[str, str, list[int]]:
    rows = db.rows(
        "select posts.id from projects cross join posts on posts.place = projects.actor and posts.kind = 'update'"
        " where posts.boost_of is null and posts.visibility = 'public' order by posts.id desc limit ?",
        (MOST,),
    ).fetchall()
    return words.say("Projects"), "/projects", [row["id"] for row in rows]
