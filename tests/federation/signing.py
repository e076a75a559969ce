"""A clock, a key, and POSTs signed with it: what tests of signatures share."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from multidict import CIMultiDict

from federation import signatures
from keys import pair
from node.errors import Unproven

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
ORIGIN = "https://node.example"
BODY = b'{"type":"Like"}'
PRIVATE = pair.load(pair.new_rsa())
KEY_ID = "https://peer.example/users/badr#main-key"
OWNER = "https://peer.example/users/badr"


def digest(body: bytes) -> str:
    """The Digest header of a body."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def sent(body: bytes = BODY, *, covered: str = "(request-target) host date digest", method: str = "post", path: str = "/inbox",
         at: datetime = NOW, private: Any = PRIVATE, algorithm: str | None = "rsa-sha256", **headers: str) -> CIMultiDict[str]:  # fmt: skip
    """Headers of a POST, the signature made over exactly what it says it covers."""
    values = {"host": "node.example", "date": at.strftime("%a, %d %b %Y %H:%M:%S GMT"), "digest": digest(body)}
    created, expires = headers.pop("created", None), headers.pop("expires", None)
    values |= headers
    extra = {"(created)": created, "(expires)": expires}
    lines = []
    for name in covered.split():
        value = f"{method} {path}" if name == "(request-target)" else extra.get(name) or values[name]
        lines.append(f"{name}: {value}")
    signature = base64.b64encode(pair.sign(private, "\n".join(lines).encode())).decode()
    made = f'keyId="{KEY_ID}",headers="{covered}",signature="{signature}"'
    made += f',algorithm="{algorithm}"' if algorithm else ""
    made += f",created={created}" if created else ""
    made += f",expires={expires}" if expires else ""
    return CIMultiDict(values | {"signature": made})


async def accepted(headers: CIMultiDict[str], body: bytes = BODY, *, method: str = "POST", path: str = "/inbox",
                   key: Any = None, now: datetime = NOW) -> bool:  # fmt: skip
    """Whether a POST with these headers is taken, and then as its signer's."""
    asked: list[str] = []

    async def find(key_id: str, again: bool) -> signatures.Key:
        asked.append(key_id)
        return signatures.Key(key_id, OWNER, key or PRIVATE.public_key())

    try:
        signer = await signatures.authenticate(method, path, headers, body, now, ORIGIN, find)
    except Unproven:
        return False
    assert signer == signatures.Signer(OWNER, KEY_ID)
    return True
