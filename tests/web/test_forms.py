"""Forms that are none: broken parts, charsets and encodings are refused by every door that reads a form."""

import gzip
import time
import zlib

import pytest

DOORS = {"/api/v1/apps": 422, "/oauth/token": 422, "/interact": 400, "/login": 400, "/join": 400}
PART = b'--x\r\nContent-Disposition: form-data; name="uri"\r\n'
URLENCODED = "application/x-www-form-urlencoded"
BROKEN = {
    "no boundary": ("multipart/form-data", b"abc"),
    "an empty boundary": ("multipart/form-data; boundary=", b"abc"),
    "parts of another boundary": ("multipart/form-data; boundary=y", PART + b"\r\na\r\n--x--\r\n"),
    "a part without a name": (
        "multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
    "an unknown transfer encoding": (
        "multipart/form-data; boundary=x", PART + b"Content-Transfer-Encoding: rot13\r\n\r\na\r\n--x--\r\n"),
    "parts within a part": (
        "multipart/form-data; boundary=x", PART + b"Content-Type: multipart/mixed; boundary=z\r\n\r\n--z--\r\n--x--\r\n"),
    "an unknown charset": (f"{URLENCODED}; charset=utf-99", b"uri=a"),
    "bytes of another charset": (URLENCODED, b"uri=\xff\xac"),
    "a charset of a part": (
        "multipart/form-data; boundary=x", PART + b"Content-Type: text/plain; charset=utf-99\r\n\r\na\r\n--x--\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("path", DOORS)
async def test_a_broken_form_is_refused_in_words(node, path):
    for name, (kind, body) in BROKEN.items():
        async with node.session.post(node.origin + path, data=body, headers={"Content-Type": kind}) as answer:
            said = await answer.text()
            assert answer.status in (DOORS[path], 403), (name, answer.status, said)
            assert "our side" not in said


async def test_a_body_that_is_not_what_its_encoding_says_is_refused(node):
    packed = gzip.compress(b"uri=" + b"a" * 5_000_000)
    for body in (b"uri=a", packed[:-10], packed):
        headers = {"Content-Type": URLENCODED, "Content-Encoding": "gzip", "Connection": "close"}
        for path in DOORS:
            async with node.session.post(node.origin + path, data=body, headers=headers) as answer:
                assert 400 <= answer.status < 500, (path, body[:20], answer.status)


@pytest.fixture(scope="module")
def bomb():
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()


@pytest.mark.parametrize("path", ["/login", "/oauth/token", "/api/v1/apps", "/inbox", "/nowhere"])
async def test_a_squeezed_body_is_not_unpacked(node, bomb, path):
    """D8: two hundred megabytes of zeros travel as two hundred kilobytes, and held the loop for a second."""
    kind = "application/json" if path.startswith("/api/") else URLENCODED
    headers = {"Content-Type": kind, "Content-Encoding": "gzip", "Accept": "text/html"}
    before = time.process_time()
    async with node.session.post(node.origin + path, data=bomb, headers=headers) as answer:
        assert answer.status == {"/nowhere": 404, "/oauth/token": 413}.get(path, 415)
    assert time.process_time() - before < 0.4
