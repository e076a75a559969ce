"""Signatures by our rules: each with a request that is truly signed, right, or wrong in one way."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from federation import signatures, signing
from keys import pair
from node.errors import Unproven
from tests.federation.signing import BODY, KEY_ID, NOW, ORIGIN, OWNER, PRIVATE, accepted, digest, sent

GOOD: dict[str, dict[str, Any]] = {
    "as Mastodon": {},
    "more headers": {"covered": "(request-target) host date digest content-type", "content-type": "application/json"},
    "hs2019 of Lemmy": {"algorithm": "hs2019"},
    "no algorithm": {"algorithm": None},
    "created": {
        "covered": "(request-target) (created) host digest",
        "created": str(int(NOW.timestamp())),
        "algorithm": "hs2019",
    },
    "eleven hours old": {"at": NOW - timedelta(hours=11)},
    "our port written": {"host": "node.example:443"},
    "expires": {"covered": "(request-target) (expires) host date digest", "expires": str(int(NOW.timestamp()) + 9)},
}
WRONG: dict[str, dict[str, Any]] = {
    "another key": {"private": pair.load(pair.new_rsa())},
    "no digest": {"covered": "(request-target) host date"},
    "no host": {"covered": "(request-target) date digest"},
    "no target": {"covered": "host date digest"},
    "no time": {"covered": "(request-target) host digest"},
    "another body's digest": {"digest": digest(b"another")},
    "only a digest that we do not compute": {"digest": "MD5=" + base64.b64encode(hashlib.md5(BODY).digest()).decode()},
    "a right digest and a wrong one": {"digest": digest(BODY) + ",SHA-512=" + base64.b64encode(b"0" * 64).decode()},
    "a digest twice, the second wrong": {"digest": digest(BODY) + "," + digest(b"another")},
    "a digest twice": {"digest": digest(BODY) + ", " + digest(BODY).replace("SHA", "sha")},
    "a digest without its padding": {"digest": digest(BODY).rstrip("=")},
    "ed25519, with an RSA key": {"algorithm": "ed25519"},
    "stale": {"at": NOW - timedelta(hours=12, minutes=1)},
    "from the future": {"at": NOW + timedelta(hours=1, minutes=1)},
    "no date at all": {"date": "yesterday"},
    "stale created": {"covered": "(request-target) (created) host digest", "created": "1000000000"},
    "stale created beside a good date": {
        "covered": "(request-target) (created) host date digest",
        "created": "1000000000",
    },
    "expired": {"covered": "(request-target) (expires) host date digest", "expires": str(int(NOW.timestamp()) - 9)},
    "expired, not covered": {"expires": str(int(NOW.timestamp()) - 9)},
    "another host": {"host": "other.example"},
    "our host as a prefix": {"host": "node.example.evil.example"},
    "another method": {"method": "get"},
    "another path": {"path": "/users/amal/inbox"},
    "hmac": {"algorithm": "hmac-sha256"},
    "none": {"algorithm": "none"},
    "rsa-sha1": {"algorithm": "rsa-sha1"},
    "a header twice in the list": {"covered": "(request-target) host date digest digest"},
}


@pytest.mark.parametrize("how", GOOD.values(), ids=GOOD)
async def test_what_peers_send_is_accepted(how):
    assert await accepted(sent(**how))


@pytest.mark.parametrize("how", WRONG.values(), ids=WRONG)
async def test_what_is_signed_but_wrong_is_refused(how):
    assert not await accepted(sent(**how))


async def test_an_hmac_made_with_the_public_key_is_no_signature():
    import hmac

    pem = pair.public_of(PRIVATE).encode()
    string = (
        b"(request-target): post /inbox\nhost: node.example\ndate: Thu, 01 Jan 2026 12:00:00 GMT\ndigest: "
        + digest(BODY).encode()
    )
    forged = base64.b64encode(hmac.new(pem, string, hashlib.sha256).digest()).decode()
    for algorithm in ("hmac-sha256", "hs2019", "rsa-sha256"):
        headers = sent()
        headers["signature"] = (
            f'keyId="{KEY_ID}",algorithm="{algorithm}",headers="(request-target) host date digest",signature="{forged}"'
        )
        assert not await accepted(headers)


async def test_rsa_with_sha512_passes_only_where_it_is_named():
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    string = signatures.signing_string(["(request-target)", "host", "date", "digest"], sent(), "POST", "/inbox")
    long = base64.b64encode(PRIVATE.sign(string, padding.PKCS1v15(), hashes.SHA512())).decode()
    for algorithm, right in (("rsa-sha512", True), ("hs2019", True), ("rsa-sha256", False)):
        headers = sent()
        headers["signature"] = (
            f'keyId="{KEY_ID}",algorithm="{algorithm}",headers="(request-target) host date digest",signature="{long}"'
        )
        assert await accepted(headers) is right


@pytest.mark.parametrize(
    "name", ["Digest", "Signature", "Date", "Host", "Content-Digest", "Signature-Input", "Authorization"]
)
async def test_a_header_that_matters_stands_once(name):
    headers = sent()
    headers.add(name, headers.get(name, "x"))
    if name in ("Content-Digest", "Signature-Input", "Authorization"):
        headers.add(name, "x")
    assert not await accepted(headers)


async def test_any_covered_header_stands_once():
    headers = sent(covered="(request-target) host date digest x-any", **{"x-any": "1"})
    assert await accepted(headers)
    headers.add("x-any", "2")
    assert not await accepted(headers)


async def test_a_parameter_stands_once_and_the_header_is_no_riddle():
    good = sent()["signature"]
    for written in (good + ',keyId="https://evil.example/k"', 'keyId="https://evil.example/k",' + good, good + ",junk", good + ',x="é"',
                    good.replace(KEY_ID, ""), good.replace('signature="', 'signature="!'), ""):  # fmt: skip
        headers = sent()
        headers["signature"] = written
        assert not await accepted(headers), written


async def test_two_schemes_that_may_disagree_are_refused():
    headers = sent()
    rfc = signing.signed_rfc9421("POST", f"{ORIGIN}/inbox", BODY, KEY_ID, lambda m: pair.sign(PRIVATE, m), NOW)
    both = headers.copy()
    both["Signature-Input"] = rfc["Signature-Input"]
    assert not await accepted(both)  # the cavage signature stands alone, and is no RFC 9421 dictionary
    both = CIMultiDict(rfc | {"Host": "node.example"})
    assert await accepted(both)
    both["Authorization"] = "Signature " + headers["signature"]
    assert not await accepted(both)
    both = headers.copy()
    both["Authorization"] = "Signature " + headers["signature"]
    assert await accepted(both)  # apkit says the same in both
    both["Authorization"] = "Signature " + sent(algorithm="hs2019")["signature"]
    assert not await accepted(both)
    alone = headers.copy()
    alone["Authorization"] = "Signature " + alone.pop("signature")
    assert await accepted(alone)


async def test_the_key_is_asked_for_only_when_all_else_holds():
    asked: list[tuple[str, bool]] = []

    async def find(key_id: str, again: bool) -> signatures.Key:
        asked.append((key_id, again))
        return signatures.Key(key_id, OWNER, pair.load(pair.new_rsa()).public_key())

    with pytest.raises(Unproven):
        await signatures.authenticate("POST", "/inbox", sent(at=NOW - timedelta(days=9)), BODY, NOW, ORIGIN, find)
    assert asked == []
    with pytest.raises(Unproven):
        await signatures.authenticate("POST", "/inbox", sent(), BODY, NOW, ORIGIN, find)
    assert asked == [(KEY_ID, False), (KEY_ID, True)]  # once more, should the key have been changed, and no more


async def test_a_rotated_key_is_found_by_asking_again():
    async def find(key_id: str, again: bool) -> signatures.Key:
        old = pair.load(pair.new_rsa())
        return signatures.Key(key_id, OWNER, (PRIVATE if again else old).public_key())

    assert (await signatures.authenticate("POST", "/inbox", sent(), BODY, NOW, ORIGIN, find)).actor == OWNER


# ── whatever stands in a header, the answer is a verdict ──────────────────────

HEADER = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(["keyId=", '"', ",", "=", "headers=", "signature=", "created=", "9" * 30, "(", ")", "sig1=", ":", ";", "\u00e9",
                              '"@method"', '"(request-target) host date digest"', "AAAA", "x", "-1", "1e999", "nan", " "]),
             max_size=25).map("".join),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(HEADER, HEADER, HEADER, HEADER, st.booleans())
async def test_no_header_is_more_than_a_refusal(signature, signature_input, date, content_digest, with_input):
    headers = sent()
    headers["signature"] = signature
    headers["date"] = date
    headers["content-digest"] = content_digest
    headers["digest"] = content_digest
    if with_input:
        headers["signature-input"] = signature_input
    assert not await accepted(headers)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
async def test_no_date_and_no_time_is_more_than_a_refusal(date, created):
    headers = sent()
    headers["date"] = date
    await accepted(headers)
    headers = sent()
    headers["signature"] = headers["signature"].replace('digest"', 'digest (created)"') + f',created="{created}"'
    await accepted(headers)
