"""Signatures as published: the vectors of draft-cavage and RFC 9421, and requests of other servers at their time."""

import base64
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from multidict import CIMultiDict

from federation import signatures, signing
from keys import pair
from node.errors import Unproven
from tests.federation.signing import OWNER, accepted, sent

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
        ours = signing.signed_rfc9421(vector["method"], vector["target_uri"], body or None,
                                         "https://remote.domain/users/bob#main-key",
                                         lambda message: pair.sign(private, message), created)  # fmt: skip
        # the same, and the algorithm named, which some ask for and nobody refuses
        assert ours["Signature-Input"] == vector["signature_input"] + ';alg="rsa-v1_5-sha256"'
        sent = signatures.Message(vector["method"], vector["target_uri"], CIMultiDict(ours))
        assert pair.verify(key, *signatures.signature_base(sent, "rsa-v1_5-sha256"))
