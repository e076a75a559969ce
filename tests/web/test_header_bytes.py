"""Headers of any bytes: what is no text is nobody's session, token or key, and never an error of ours."""

import asyncio

import pytest

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
COOKIES = ("session", "form", "known", "halfway", "home", "theme", "lang", "lite")
PAGES = ("/", "/login", "/login/code", "/me", "/@amal", "/@tanmia")
HEADERS = (
    b"Authorization: Bearer \xff", b"Authorization: Basic \xff", b"Accept-Language: \xff", b"User-Agent: \xff",
    b"Referer: http://\xff", b"Origin: \xff", b"If-None-Match: \xff", b"If-Modified-Since: \xff", b"Accept: \xff", b"Range: \xff",
    b"Signature: \xff", b"Sec-Fetch-Site: \xff", b"Accept-Encoding: \xff", b"Save-Data: \xff", b"Sec-WebSocket-Protocol: \xff",
)  # fmt: skip


async def status(node, method: str, path: str, head: bytes, body: bytes = b"") -> int:
    """What is answered to a request of exactly these bytes."""
    host, _, port = node.host.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    start = f"{method} {path} HTTP/1.1\r\nHost: {node.host}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    writer.write(start.encode() + head + b"\r\n\r\n" + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("name", COOKIES)
async def test_a_cookie_that_we_never_wrote_is_none(node, name):
    head = b"Accept: text/html\r\nCookie: " + name.encode() + b"=1.9.\xff"
    found = [await status(node, "GET", path, head) for path in PAGES]
    assert found == [await status(node, "GET", path, b"Accept: text/html") for path in PAGES]
    assert await status(node, "POST", "/login", FORM + head, b"csrf=x&name=amal&password=x") == 403


@pytest.mark.parametrize(
    "path", ["/", "/users/amal", "/api/v1/timelines/public", "/api/v1/streaming", "/oauth/userinfo"]
)
async def test_a_header_of_any_bytes_is_no_error_of_ours(node, path):
    for head in HEADERS:
        assert await status(node, "GET", path, head) < 500, head


async def test_a_token_of_any_bytes_opens_nothing(node):
    path = "/api/v1/accounts/verify_credentials"
    assert await status(node, "GET", path, b"Authorization: Bearer \xff") == 401
    assert await status(node, "GET", path, b"Authorization: Bearer " + node.token().encode()) == 200


async def test_a_key_of_any_bytes_still_says_that_it_is_the_same_post(node):
    head = FORM + b"Authorization: Bearer " + node.token().encode() + b"\r\nIdempotency-Key: \xff\xfe"
    for _ in range(2):
        assert await status(node, "POST", "/api/v1/statuses", head, b"status=salam") == 200
    assert await node.read(lambda db: db.value("select count(*) from posts where local")) == 1
