"""Integrity proofs: those of others' test vectors, and whatever is wrong with one; LD signatures are never trusted."""

import hashlib
import json
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import activity, proofs
from federation import vocabulary as v
from federation.signatures import Key
from keys import pair
from node.errors import Unproven

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACTOR = "https://peer.example/users/badr"
METHOD = ACTOR + "#ed25519-key"
PRIVATE = pair.load(pair.new_ed25519())
PUBLIC = PRIVATE.public_key()


def vectors(shared: Any, name: str) -> Any:
    return json.loads((shared / "data" / "signature_vectors" / f"{name}.json").read_text())


def test_the_proofs_of_the_specifications_hold_and_are_made_the_same(shared):
    data = vectors(shared, "eddsa_jcs_2022")
    public = pair.read_public(data["public_key_multibase"])
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(pair.from_multibase(data["secret_key_multibase"])[2:])
    at = datetime(2023, 2, 25, tzinfo=UTC)
    for vector in data["vectors"]:
        document = vector["signed_document"]
        holds = proofs.holds(document, public, at)
        assert holds is (vector["expect"] == "valid"), vector["name"]
        if "canonical_document" not in vector or vector["canonical_document"] is None:
            continue
        unsecured = {key: value for key, value in document.items() if key != "proof"}
        options = {key: value for key, value in document["proof"].items() if key != "proofValue"}
        assert rfc8785.dumps(unsecured) == vector["canonical_document"].encode()
        assert rfc8785.dumps(options) == vector["canonical_proof_config"].encode()
        hashed = hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(unsecured)).digest()
        assert hashed.hex() == vector["hash_hex"]
        assert pair.to_multibase(pair.sign(private, hashed)) == document["proof"]["proofValue"]


def test_json_is_made_canonical_as_the_rfc_says(shared):
    data = vectors(shared, "rfc8785_jcs")
    for vector in data["vectors"]:
        made = rfc8785.dumps(json.loads(vector["input"]))
        assert made == vector["canonical"].encode()
        assert made.hex() == vector["canonical_hex"]
    for number in data["numbers"]:
        [value] = struct.unpack(">d", bytes.fromhex(number["ieee754_hex"]))
        assert rfc8785.dumps(value).decode() == number["canonical"]


def said(**more: Any) -> dict[str, Any]:
    """A Create with a proof by Badr's key."""
    note = {"id": "https://peer.example/notes/1", "type": "Note", "attributedTo": ACTOR, "content": "مرحبا"}
    document = {"@context": [v.AS2], "id": "https://peer.example/notes/1/activity", "type": "Create", "actor": ACTOR,
                "object": note, **more}  # fmt: skip
    return proofs.attach(document, METHOD, lambda message: pair.sign(PRIVATE, message), 1_767_225_600_000)


def test_a_proof_of_ours_holds_for_the_whole_document():
    assert proofs.holds(said(), PUBLIC, NOW)
    for change in ({"id": "https://peer.example/other"}, {"actor": "https://evil.example/u"}, {"cc": [v.PUBLIC]}, {"object": "x"},
                   {"@context": ["https://evil.example/context", v.AS2]}, {"@context": [v.AS2, {"content": "as:summary"}]}):  # fmt: skip
        assert not proofs.holds(said() | change, PUBLIC, NOW), change


def test_a_proof_of_ours_holds_as_it_stands_for_who_adds_nothing_to_it():
    """The suite hashes what stands in the proof (vc-di-eddsa §3.3.2); only some put the document's context in where it lacks."""
    document = said()
    proof = document.pop("proof")
    signature = pair.from_multibase(proof.pop("proofValue"))
    hashed = b"".join(hashlib.sha256(rfc8785.dumps(one)).digest() for one in (proof, document))
    assert proof["@context"] == document["@context"] and pair.verify(PUBLIC, hashed, signature)

    inner = proofs.attach(
        {"id": "https://peer.example/records/1"}, METHOD, lambda message: pair.sign(PRIVATE, message), 1
    )
    assert "@context" not in inner["proof"] and proofs.holds(inner, PUBLIC, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"type": "RsaSignature2017"},
        {"proofPurpose": "authentication"},
        {"created": "yesterday"},
        {"expires": "2025-12-31T00:00:00Z"},
        {"expires": 5},
        {"proofValue": None},
        {"proofValue": "zzzz"},
        {"proofValue": "m" + "A" * 86},
        {"verificationMethod": None},
    ],
    ids=str,
)
def test_a_proof_of_another_kind_or_time_is_none(change):
    document = said()
    document["proof"] = {**document["proof"], **change}
    assert not proofs.holds(document, PUBLIC, NOW)


def test_an_expired_proof_truly_made_does_not_hold_nor_one_of_the_future():
    document = {"@context": v.AS2, "id": "https://peer.example/1", "type": "Like", "actor": ACTOR}
    for created, expires, right in (
        ("2025-01-01T00:00:00Z", "2025-12-31T00:00:00Z", False),
        ("2025-01-01T00:00:00Z", "2026-12-31T00:00:00Z", True),
        ("2026-06-01T00:00:00Z", "2026-12-31T00:00:00Z", False),
    ):
        options = {"@context": v.AS2, "type": "DataIntegrityProof", "cryptosuite": proofs.SUITE, "created": created,
                   "expires": expires, "verificationMethod": METHOD, "proofPurpose": "assertionMethod"}  # fmt: skip
        hashed = hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()
        made = {**document, "proof": {**options, "proofValue": pair.to_multibase(pair.sign(PRIVATE, hashed))}}
        assert proofs.holds(made, PUBLIC, NOW) is right


def test_the_proof_of_another_says_nothing_for_the_actor():
    evil = "https://evil.example/users/eve"
    with pytest.raises(Unproven):
        activity.proved(said(), Key(METHOD, evil, PUBLIC), NOW)
    with pytest.raises(Unproven):  # proven, but under an id of somebody else's server
        activity.proved(said(id="https://victim.example/1"), Key(METHOD, ACTOR, PUBLIC), NOW)
    with pytest.raises(Unproven):  # an RSA key makes no such proof
        activity.proved(said(), Key(METHOD, ACTOR, pair.load(pair.new_rsa()).public_key()), NOW)
    assert activity.proved(said(), Key(METHOD, ACTOR, PUBLIC), NOW).actor == ACTOR


def test_an_ld_signature_proves_nothing(shared):
    """What carries only an RsaSignature2017 names no key for us: it is asked for at its origin."""
    data = vectors(shared, "ld_signatures_rsa2017")
    for vector in data["vectors"]:
        assert proofs.claimed_method(vector["document"]) == ""
        key = pair.read_public(vector.get("public_key_pem") or data["public_key_pem"])
        assert key is not None
        assert not proofs.holds(vector["document"], key, NOW)
        with pytest.raises(Unproven):
            activity.proved(vector["document"], Key("k", v.one_id(vector["document"]["actor"]), key), NOW)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=4), x, max_size=3), max_leaves=8
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    JSON,
    st.sampled_from(
        ["type", "cryptosuite", "created", "expires", "verificationMethod", "proofPurpose", "proofValue", "@context"]
    ),
    JSON,
)
def test_no_shape_of_a_proof_is_more_than_a_no(whole, name, value):
    document = said()
    assert not proofs.holds({**document, "proof": whole}, PUBLIC, NOW)
    changed = {**document, "proof": {**document["proof"], name: value}, "extra": whole}
    assert not proofs.holds(changed, PUBLIC, NOW)
    assert isinstance(proofs.claimed_method(changed), str)


def test_a_proof_whose_context_is_not_the_beginning_of_the_documents_does_not_hold():
    """Truly signed over both: the terms of the proof were meant otherwise than those of the document."""
    for put_before, right in (([], True), (["https://evil.example/terms"], False)):
        document = {"@context": [*put_before, v.AS2], "id": "https://peer.example/1", "type": "Like", "actor": ACTOR}
        options = {"@context": [v.AS2], "type": "DataIntegrityProof", "cryptosuite": proofs.SUITE, "created": "2025-01-01T00:00:00Z",
                   "verificationMethod": METHOD, "proofPurpose": "assertionMethod"}  # fmt: skip
        hashed = hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()
        made = {**document, "proof": {**options, "proofValue": pair.to_multibase(pair.sign(PRIVATE, hashed))}}
        assert proofs.holds(made, PUBLIC, NOW) is right
