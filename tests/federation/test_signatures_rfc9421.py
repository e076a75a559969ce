"""Signatures of RFC 9421 by our rules, each with a request that is truly signed."""

import base64
import hashlib
from typing import Any

import pytest
from multidict import CIMultiDict

from federation import signatures
from keys import pair
from tests.federation import signing
from tests.federation.signing import BODY, KEY_ID, NOW, ORIGIN, PRIVATE, accepted


def sent_rfc(*, components: str = '("@method" "@target-uri" "content-digest")', parameters: str = "", body: bytes = BODY,
             method: str = "POST", url: str = f"{ORIGIN}/inbox", created: str = "", private: Any = PRIVATE,
             host: str = "node.example", content_digest: str = "", digest: str = "") -> CIMultiDict[str]:  # fmt: skip
    """Headers of a POST with an RFC 9421 signature over exactly the components that it names."""
    made = base64.b64encode(hashlib.sha256(body).digest()).decode()
    created = created or f";created={int(NOW.timestamp())}"
    headers: CIMultiDict[str] = CIMultiDict({
        "Host": host, "Content-Digest": content_digest or f"sha-256=:{made}:", "Date": "Thu, 01 Jan 2026 12:00:00 GMT",
        "Signature-Input": f'sig1={components}{created};keyid="{KEY_ID}"{parameters}', "Signature": "sig1=:AAAA:",
    })  # fmt: skip
    if digest:
        headers["Digest"] = digest
    base, _ = signatures.signature_base(
        signatures.Message(method, url, headers), "ed25519" if "ed25519" in parameters else "rsa-v1_5-sha256"
    )
    headers["Signature"] = f"sig1=:{base64.b64encode(pair.sign(private, base)).decode()}:"
    return headers


SHA256, SHA512 = (f":{base64.b64encode(made(BODY).digest()).decode()}:" for made in (hashlib.sha256, hashlib.sha512))
GOOD_RFC: dict[str, dict[str, Any]] = {
    "as Mastodon": {},
    "from parts": {"components": '("@method" "@authority" "@path" "@query" "content-digest")'},
    "request target": {"components": '("@method" "@authority" "@request-target" "content-digest")'},
    "from parts, and there is no query": {"components": '("@method" "@authority" "@path" "content-digest")'},
    "alg named": {"parameters": ';alg="rsa-v1_5-sha256"'},
    "a digest more": {"content_digest": f"sha-512={SHA512}, sha-256={SHA256};x=1"},
    "a digest more that we do not compute": {"content_digest": f"md5=:AAAA:, sha-256={SHA256}"},
    "expires": {"parameters": f";expires={int(NOW.timestamp()) + 9}"},
    "as NodeBB": {"components": '("@method" "@target-uri" "host" "date" "digest")', "parameters": ';algorithm="rsa-sha256"',
                  "digest": signing.digest(BODY), "content_digest": "sha-512=:AAAA:"},
}  # fmt: skip
WRONG_RFC: dict[str, dict[str, Any]] = {
    "another key": {"private": pair.load(pair.new_rsa())},
    "no digest": {"components": '("@method" "@target-uri")'},
    "no method": {"components": '("@target-uri" "content-digest")'},
    "no target": {"components": '("@method" "content-digest")'},
    "a part of the digest": {"components": '("@method" "@target-uri" "content-digest";key="sha-256")'},
    "another body": {"body": b"another"},
    "no digest that we compute": {"content_digest": "sha-512=:AAAA:"},
    "a right digest and a wrong one": {"content_digest": f"sha-512=:AAAA:, sha-256={SHA256}"},
    "the last of two is wrong": {"content_digest": f"sha-256={SHA256}, sha-256=:AAAA:"},
    "a digest that is no bytes": {"content_digest": "sha-256=AAAA"},
    "a digest in a list": {"content_digest": f"sha-256=({SHA256})"},
    "a digest in capitals": {"content_digest": f"SHA-256={SHA256}"},
    "the older digest, of another body": {"components": '("@method" "@target-uri" "digest")', "digest": signing.digest(b"other")},
    "the older digest, beside one that is covered": {"components": '("@method" "@target-uri" "digest" "content-digest")',
                                                     "digest": signing.digest(BODY), "content_digest": "sha-256=:AAAA:"},
    "a part of the older digest": {"components": '("@method" "@target-uri" "digest";bs)', "digest": signing.digest(BODY)},
    "old": {"created": f";created={int(NOW.timestamp()) - 43300}"},
    "from the future": {"created": f";created={int(NOW.timestamp()) + 3700}"},
    "no time": {"created": ";nonce=\"x\""},
    "expired": {"parameters": f";expires={int(NOW.timestamp()) - 9}"},
    "another target": {"url": f"{ORIGIN}/users/amal/inbox"},
    "another host": {"url": "https://other.example/inbox", "host": "other.example"},
    "another host in the target only": {"url": "https://other.example/inbox"},
    "another method": {"method": "PUT"},
    "alg of another kind of key": {"parameters": ';alg="ed25519"'},
}  # fmt: skip


@pytest.mark.parametrize("how", GOOD_RFC.values(), ids=GOOD_RFC)
async def test_rfc9421_as_peers_send_it_is_accepted(how):
    assert await accepted(sent_rfc(**how))


@pytest.mark.parametrize("how", WRONG_RFC.values(), ids=WRONG_RFC)
async def test_rfc9421_signed_but_wrong_is_refused(how):
    assert not await accepted(sent_rfc(**how))


async def test_a_query_that_was_not_signed_is_a_refusal():
    parts = '("@method" "@authority" "@path" "content-digest")'
    assert await accepted(sent_rfc(components=parts))
    assert not await accepted(sent_rfc(components=parts), path="/inbox?x=1")
    with_query = parts.replace('"@path"', '"@path" "@query"')
    signed = sent_rfc(components=with_query, url=f"{ORIGIN}/inbox?x=1")
    assert await accepted(signed, path="/inbox?x=1")
    assert not await accepted(signed, path="/inbox?x=2")


async def test_two_rfc9421_signatures_are_one_too_many():
    headers = sent_rfc()
    headers["Signature-Input"] += ", " + headers["Signature-Input"].replace("sig1", "sig2")
    headers["Signature"] += ", " + headers["Signature"].replace("sig1", "sig2")
    assert not await accepted(headers)


@pytest.mark.parametrize("alg", ["hmac-sha256", "rsa-pss-sha512", "ecdsa-p256-sha256", "none"])
async def test_an_algorithm_that_we_do_not_speak_is_refused_by_name(alg):
    headers = sent_rfc()
    headers["Signature-Input"] += f';alg="{alg}"'
    assert not await accepted(headers)


@pytest.mark.parametrize(
    "component",
    ['"@method";foo', '"@query-param";name="x"', '"@status"', '"x-none"', '"date";sf', '"date";bs;key="a"', "1"],
)
async def test_components_that_mean_nothing_are_a_refusal_not_an_error(component):
    headers = sent_rfc()
    headers["Signature-Input"] = headers["Signature-Input"].replace('("@method"', f'({component} "@method"')
    assert not await accepted(headers)
