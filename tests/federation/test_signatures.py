"""Signatures of others' test vectors, and each rule of ours with a request that is truly signed and wrong in one way."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st
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
FROZEN = datetime(2023, 12, 20, 10, 0, tzinfo=UTC)  # the clock of Mastodon's tests


def vectors(shared: Any, name: str) -> Any:
    return json.loads((shared / "data" / "signature_vectors" / f"{name}.json").read_text())


def public(text: str) -> Any:
    """A published test key, though it be too small or of a kind that we do not speak."""
    return serialization.load_pem_public_key(text.encode())


def found(key: Any, owner: str = OWNER) -> signatures.FindKey:
    async def find(key_id: str, again: bool) -> signatures.Key:
        return signatures.Key(key_id, owner, key)

    return find


async def verdict(vector: dict[str, Any], key: Any, now: datetime, origin: str) -> str:
    """'accept', or why not, of a request in a file of vectors."""
    request = vector["request"]
    headers = CIMultiDict(request["headers"])
    headers["Signature"] = vector["signature_header"]
    body = (request.get("body") or "").encode()
    try:
        await signatures.authenticate(request["method"], request["target"], headers, body, now, origin, found(key))
    except Unproven as error:
        return str(error)
    return "accept"


# ── draft-cavage: vectors ─────────────────────────────────────────────────────


def test_the_strings_of_the_draft_are_built_and_signed_byte_for_byte(shared):
    data = vectors(shared, "cavage_appendix_c")
    request, private = data["request"], serialization.load_pem_private_key(data["private_key_pem"].encode(), None)
    for vector in data["vectors"]:
        headers = request["headers"] | {
            f"({name})": str(vector[name]) for name in ("created", "expires") if name in vector
        }
        built = signatures.signing_string(
            vector["headers_param"].split(), headers, request["method"], request["target"]
        )
        signature = base64.b64decode(vector["signature"])
        valid = vector["expect"] == "valid"
        assert (built == vector["signing_string"].encode()) is valid, vector["name"]
        assert pair.verify(public(data["public_key_pem"]), vector["signing_string"].encode(), signature) is valid
        if valid:
            assert pair.sign(private, built) == signature


def test_a_key_of_1024_bits_is_read_by_nobody(shared):
    assert pair.read_public(vectors(shared, "cavage_appendix_c")["public_key_pem"]) is None


async def test_what_mastodon_accepts_we_accept_and_what_it_refuses_we_refuse(shared):
    data = vectors(shared, "cavage_mastodon_spec")
    key = pair.read_public(data["public_key_pem"])
    private = pair.load(data["private_key_pem"].encode())
    for vector in data["vectors"]:
        string = vector["signing_string"].encode()
        claims = signatures.parse_parameters(vector["signature_header"])
        assert pair.verify(key, string, base64.b64decode(claims["signature"])) is vector["crypto_valid"]
        assert base64.b64encode(pair.sign(private, string)).decode() == claims["signature"]
        answer = await verdict(vector, key, FROZEN, "https://www.example.com")
        assert (answer == "accept") is vector["policy_expect"].startswith("accept"), (vector["name"], answer)


@pytest.mark.parametrize("name", ["cavage_takahe_post", "cavage_lemmy_lib"])
async def test_posts_of_other_servers_are_accepted_at_their_time(shared, name):
    data = vectors(shared, name)
    for vector in data["vectors"]:
        now = parsedate_to_datetime({k.lower(): v for k, v in vector["request"]["headers"].items()}["date"])
        assert await verdict(vector | {"signature_header": _header(data, vector)},
                             pair.read_public(data["public_key_pem"]), now, "https://example.com") == "accept"  # fmt: skip
        request = vector["request"]
        built = signatures.signing_string(
            vector["headers_param"].split(), request["headers"], request["method"], request["target"]
        )
        assert built == vector["signing_string"].encode()
        signed = pair.sign(pair.load(data["private_key_pem"].encode()), built)
        assert base64.b64encode(signed).decode() == vector["signature"]


def _header(data: Any, vector: Any) -> str:
    return vector.get("signature_header") or (
        f'keyId="{data["key_id"]}",algorithm="rsa-sha256",headers="{vector["headers_param"]}",signature="{vector["signature"]}"'
    )


async def test_a_digest_is_that_of_the_body(shared):
    data = vectors(shared, "cavage_lemmy_lib")
    for vector in data["digest_vectors"]:
        headers = sent(vector["body"].encode(), digest=vector["digest"])
        assert (await accepted(headers, vector["body"].encode())) is (vector["expect"] == "match")


# ── RFC 9421: vectors ─────────────────────────────────────────────────────────


class Response:
    """An answer, as the library reads one."""

    def __init__(self, status: int, headers: Any) -> None:
        self.status_code, self.headers = status, headers


def signed_as(vector: dict[str, Any], headers: dict[str, str]) -> CIMultiDict[str]:
    return CIMultiDict({**headers, "Signature-Input": vector["signature_input"], "Signature": vector["signature"]})


def test_the_bases_of_the_rfc_are_built_and_what_we_speak_is_signed(shared):
    data = vectors(shared, "rfc9421_appendix_b")
    for vector in data["vectors"]:
        whole = data[vector["message"]]
        headers = signed_as(vector, whole["headers"])
        message: Any = (
            Response(whole["status"], headers) if vector["message"] == "response"
            else signatures.Message(whole["method"], whole["target_uri"], headers)
        )  # fmt: skip
        base, signature = signatures.signature_base(message)
        assert base == vector["signature_base"].encode(), vector["name"]
        named = vector["signature_input"].split('keyid="')[1].split('"')[0]
        if vector["alg"] == "ed25519":
            key = pair.read_public(data["keys"][named]["public"])
            assert key is not None and pair.verify(key, base, signature)
            assert pair.sign(pair.load(data["keys"][named]["private"].encode()), base) == signature
        elif "public" in data["keys"][named]:
            text = data["keys"][named]["public"]
            key = pair.read_public(text)
            assert key is None or not pair.verify(key, base, signature), vector["name"]


async def test_algorithms_that_we_do_not_speak_are_no_signatures(shared):
    data = vectors(shared, "rfc9421_appendix_b")
    for vector in data["vectors"]:
        request = data["request"]
        headers = signed_as(vector, request["headers"])
        now = datetime.fromtimestamp(1618884473, UTC)
        for key in data["keys"].values():
            public_key = pair.read_public(key.get("public", ""))
            if public_key is None:
                continue
            with pytest.raises(Unproven):  # those of a kind that we speak cover no digest that we compute
                await signatures.authenticate("POST", urlsplit(request["target_uri"]).path + "?param=Value&Pet=dog",
                                              headers, request["body"].encode(), now, "https://example.com",
                                              found(public_key))  # fmt: skip


@pytest.mark.parametrize("name", ["rfc9421_mastodon_spec", "rfc9421_ed25519"])
async def test_the_shape_of_mastodon_is_accepted_and_signed_the_same(shared, name):
    data = vectors(shared, name)
    key = pair.read_public(data["public_key_pem"])
    private = pair.load(data["private_key_pem"].encode())
    for vector in data["vectors"]:
        headers = signed_as(vector, {"Host": "www.example.com"})
        if vector.get("content_digest"):
            headers["Content-Digest"] = vector["content_digest"]
        body = (vector.get("body") or "").encode()
        base, signature = signatures.signature_base(signatures.Message(vector["method"], vector["target_uri"], headers))
        assert base == vector["signature_base"].encode()
        assert pair.verify(key, base, signature) is vector["crypto_valid"]
        assert (pair.sign(private, base) == signature) is vector["crypto_valid"]
        target = vector["target_uri"].removeprefix("https://www.example.com")
        try:
            await signatures.authenticate(
                vector["method"], target, headers, body, FROZEN, "https://www.example.com", found(key)
            )
            answer = True
        except Unproven:
            answer = False
        assert answer is (vector["crypto_valid"] and "older" not in vector["name"]), vector["name"]
        if pair.is_ed25519(key) or not answer:
            continue
        created = datetime.fromtimestamp(1703066400, UTC)
        ours = signatures.signed_rfc9421(vector["method"], vector["target_uri"], body or None,
                                         "https://remote.domain/users/bob#main-key",
                                         lambda message: pair.sign(private, message), created)  # fmt: skip
        assert ours["Signature"] == vector["signature"]
        assert ours["Signature-Input"] == vector["signature_input"]


# ── our rules, each with a request that is truly signed ───────────────────────


def digest(body: bytes) -> str:
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
    rfc = signatures.signed_rfc9421("POST", f"{ORIGIN}/inbox", BODY, KEY_ID, lambda m: pair.sign(PRIVATE, m), NOW)
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


def sent_rfc(*, components: str = '("@method" "@target-uri" "content-digest")', parameters: str = "", body: bytes = BODY,
             method: str = "POST", url: str = f"{ORIGIN}/inbox", created: str = "", private: Any = PRIVATE,
             host: str = "node.example", content_digest: str = "") -> CIMultiDict[str]:  # fmt: skip
    """Headers of a POST with an RFC 9421 signature over exactly the components that it names."""
    made = base64.b64encode(hashlib.sha256(body).digest()).decode()
    created = created or f";created={int(NOW.timestamp())}"
    headers: CIMultiDict[str] = CIMultiDict({
        "Host": host, "Content-Digest": content_digest or f"sha-256=:{made}:", "Date": "Thu, 01 Jan 2026 12:00:00 GMT",
        "Signature-Input": f'sig1={components}{created};keyid="{KEY_ID}"{parameters}', "Signature": "sig1=:AAAA:",
    })  # fmt: skip
    base, _ = signatures.signature_base(
        signatures.Message(method, url, headers), "ed25519" if "ed25519" in parameters else "rsa-v1_5-sha256"
    )
    headers["Signature"] = f"sig1=:{base64.b64encode(pair.sign(private, base)).decode()}:"
    return headers


GOOD_RFC: dict[str, dict[str, Any]] = {
    "as Mastodon": {},
    "from parts": {"components": '("@method" "@authority" "@path" "@query" "content-digest")'},
    "request target": {"components": '("@method" "@authority" "@request-target" "content-digest")'},
    "from parts, and there is no query": {"components": '("@method" "@authority" "@path" "content-digest")'},
    "alg named": {"parameters": ';alg="rsa-v1_5-sha256"'},
    "a digest more": {
        "content_digest": "sha-512=:AAAA:, sha-256=:" + base64.b64encode(hashlib.sha256(BODY).digest()).decode() + ":"
    },
    "expires": {"parameters": f";expires={int(NOW.timestamp()) + 9}"},
}
WRONG_RFC: dict[str, dict[str, Any]] = {
    "another key": {"private": pair.load(pair.new_rsa())},
    "no digest": {"components": '("@method" "@target-uri")'},
    "no method": {"components": '("@target-uri" "content-digest")'},
    "no target": {"components": '("@method" "content-digest")'},
    "a part of the digest": {"components": '("@method" "@target-uri" "content-digest";key="sha-256")'},
    "another body": {"body": b"another"},
    "no digest that we compute": {"content_digest": "sha-512=:AAAA:"},
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
