"""The one place where a form is read: what is none is refused, with its files or without."""

import zlib

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDictProxy

from node.errors import Invalid

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


async def read(request: web.Request, largest: int | None = None) -> Form:
    """The fields of a body as `application/x-www-form-urlencoded` or `multipart/form-data`; none for any other type.

    largest: bytes, where files come with it.  Raises Invalid where parts, charset or
    encoding are broken, HTTPRequestEntityTooLarge, HTTPUnsupportedMediaType.
    """
    must_be_plain(request)
    asked = request.clone(client_max_size=largest) if largest else request
    try:
        return await asked.post()
    except (ValueError, LookupError, RuntimeError, zlib.error, HttpProcessingError) as error:
        raise Invalid("This request makes no sense as it stands") from error


def must_be_plain(request: web.Request) -> None:
    """Raises HTTPUnsupportedMediaType for a body that is squeezed: none of ours is, and a thousandth of a gigabyte is small."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise web.HTTPUnsupportedMediaType
