"""The only file that turns refusals into HTTP: a status, and words in the form that the caller reads."""

import errno
import sqlite3
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from node import errors
from node.log import Log
from node.text import mark, translate

log = Log("web")

STATUS: dict[type[errors.NodeError], int] = {
    errors.Invalid: 400,
    errors.Unproven: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Busy: 503,
    errors.Unreachable: 502,
}
API_STATUS = {**STATUS, errors.Invalid: 422, errors.Conflict: 422, errors.TooLarge: 422, errors.Gone: 404}
WORDS = {
    400: mark("This request makes no sense as it stands"),
    404: mark("Record not found"),
    405: mark("This is not done this way."),
    413: mark("This is more than we take at once."),
    415: mark("We cannot read this kind of content."),
    421: mark("This was meant for another server."),
    429: mark("Too many requests. Please wait a little."),
    500: mark("Something went wrong on our side. It has been noted."),
}

# What apps read in English has Mastodon's words where ours are others: some compare them.
MASTODON = {
    "There is no such account here.": "Record not found",
    "There is no such post.": "Record not found",
    "There is no such topic.": "Record not found",
    "There is no such forum.": "Record not found",
    "This is not done this way.": "Record not found",
    "The post that you answer is not there any more.": (
        "The post you are trying to reply to does not appear to exist."
    ),
    "The author of this post does not let it be quoted.": "This action is not allowed",
    "You may not speak for this account.": "This action is not allowed",
    "You cannot follow yourself.": "This action is not allowed",
    "This account cannot be shut out from here.": "This action is not allowed",
    "Only an administrator decides about those who moderate.": "This action is not allowed",
    "This is no server's name.": "Validation failed: Domain is not a valid domain name",
    "This is our own node.": "Validation failed: Domain is not a valid domain name",
    "This e-mail address has an account already.": "Validation failed: Email has already been taken",
    "This is no e-mail address.": "Validation failed: Email is invalid",
    "Too many requests. Please wait a little.": "Too many requests",
    "This is more than we take at once.": "Validation failed: The file is too large",
}

FULL = "The disk takes no more at the moment. Nothing was kept; try again later."
# No room, no more files, a disk that fails or was mounted to be read alone.
MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EROFS}
FILE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ShowPage = Callable[[web.Request, int, errors.NodeError], Awaitable[web.Response]]
PAGE: web.AppKey[ShowPage] = web.AppKey("error page")


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal becomes an answer; what is none of ours is a bare 500, logged with its trace."""
    try:
        return await handler(request)
    except errors.NodeError as error:
        table = API_STATUS if is_api(request) else STATUS
        status = next(table[kind] for kind in type(error).__mro__ if kind in table)
        if status >= 500:
            log.warning("request refused", path=request.path, status=status, reason=str(error))
        response = await answer(request, status, error)
        if isinstance(error, errors.Busy):
            response.headers["Retry-After"] = str(error.after)
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        sentence, after = WORDS.get(error.status, error.reason), error.headers.get("Retry-After", "")
        refusal = errors.NodeError(sentence, **({"after": int(after)} if after.isdigit() else {}))
        response = await answer(request, error.status, refusal)
        for name in ("Allow", "Retry-After"):
            if name in error.headers:
                response.headers[name] = error.headers[name]
        return response
    except (web.RequestPayloadError, ConnectionResetError):
        response = await answer(request, 400, errors.Invalid(WORDS[400]))
        response.force_close()
        return response
    except OverflowError:  # a number in an address that no column holds names nothing
        return await answer(request, 404, errors.NotFound(WORDS[404]))
    except Exception as error:
        if _is_of_the_machine(error):
            log.warning("machine refused", method=request.method, path=request.path, reason=error)
            busy = errors.Busy(FULL)
            response = await answer(request, 503, busy)
            response.headers["Retry-After"] = str(busy.after)
            return response
        log.error("request broke", method=request.method, path=request.path)
        return await answer(request, 500, errors.NodeError(WORDS[500]))


def _is_of_the_machine(error: Exception) -> bool:
    """A full or failing disk, too many open files, a file that another process holds: none of our bugs."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in FILE
    return isinstance(error, OSError) and error.errno in MACHINE


async def answer(request: web.Request, status: int, error: errors.NodeError) -> web.Response:
    """The refusal, as JSON for programs and as a page for people."""
    if is_api(request) or not _wants_page(request):
        language = request.headers.get("Accept-Language", "en")[:20].split(",")[0]
        sentence = translate(error.sentence, language) if is_api(request) else error.sentence
        if is_api(request) and sentence == error.sentence:
            sentence = MASTODON.get(sentence, sentence)
        words = errors.NodeError(sentence, **error.facts)
        body = {"error": str(words)}
        if isinstance(error, errors.Unproven) and request.method == "POST" and not is_api(request):
            body["code"] = error.code
        # Who asks without a signature finds nothing where another finds a post: no cache may mix them up.
        response = web.Response(
            status=status, body=orjson.dumps(body), content_type="application/json",
            headers={"Cache-Control": "private, no-store"},
        )  # fmt: skip
        if status == 401 and is_api(request):  # RFC 6750, 3
            response.headers["WWW-Authenticate"] = 'Bearer realm="Tashbik", error="invalid_token"'
        return response
    show = request.app.get(PAGE)
    if show is None:
        return web.Response(status=status, text=str(error))
    try:
        return await show(request, status, error)
    except Exception:
        log.error("error page broke", path=request.path)
        return web.Response(status=status, text=str(error))


def is_api(request: web.Request) -> bool:
    """Whether an app asks, in the Mastodon API."""
    return request.path.startswith(("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo"))


def _wants_page(request: web.Request) -> bool:
    return "text/html" in request.headers.get("Accept", "") and not request.path.endswith(("/inbox", "/outbox"))
