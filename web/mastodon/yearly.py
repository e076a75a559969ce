"""Yearly reports and proofs of identity, which apps still ask for: nobody's year is counted here.

Source: docs.joinmastodon.org/methods/annual_reports; an account is `ineligible` where no report is made of it.
"""

from aiohttp import web

from node.errors import NotFound
from node.people import actors
from web.mastodon.requests import answer, bearer, path_id
from web.state import BRIDGE

routes = web.RouteTableDef()


@routes.get("/api/v1/annual_reports")
async def listed(request: web.Request) -> web.Response:
    """None."""
    await bearer(request, "read:accounts")
    return answer(request, {"annual_reports": [], "accounts": [], "statuses": []})


@routes.get(r"/api/v1/annual_reports/{year}")
async def one(request: web.Request) -> web.Response:
    """None of that year."""
    await bearer(request, "read:accounts")
    raise NotFound("Record not found")


@routes.get(r"/api/v1/annual_reports/{year}/state")
async def state(request: web.Request) -> web.Response:
    """No report can be made."""
    await bearer(request, "read:accounts")
    return answer(request, {"state": "ineligible"})


@routes.post(r"/api/v1/annual_reports/{year}/generate")
async def generate(request: web.Request) -> web.Response:
    """It was asked for, which is no error; none comes of it."""
    await bearer(request, "write:accounts")
    return answer(request, {})


@routes.post(r"/api/v1/annual_reports/{year}/read")
async def read(request: web.Request) -> web.Response:
    """None to be read."""
    await bearer(request, "write:accounts")
    raise NotFound("Record not found")


@routes.get(r"/api/v1/accounts/{id:\d+}/identity_proofs")
async def proofs(request: web.Request) -> web.Response:
    """None, as everywhere since Mastodon 3.5."""
    await bearer(request, "read:accounts")
    await request.app[BRIDGE].store.read(actors.get, path_id(request))
    return answer(request, [])
