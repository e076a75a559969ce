"""FEP-8b32 integrity proofs (`eddsa-jcs-2022`): who said a document, whoever passed it on.

Source: FEP-8b32; W3C Data Integrity EdDSA Cryptosuites §3.3; RFC 8785.
"""

import hashlib
from datetime import datetime
from typing import Any

import rfc8785

from federation import vocabulary as v
from federation.signing import Sign
from keys import pair
from node import ids

SUITE = "eddsa-jcs-2022"
CLOCK_SKEW = 3_600_000  # ms that another's clock may be ahead of ours, as for signatures
FRESH = 12 * 3_600_000  # ms for which a proof is enough by itself, as a signature is


def attach(document: dict[str, Any], method: str, sign: Sign, now: int) -> dict[str, Any]:
    """The document with a proof by the Ed25519 key `method` of its actor; one without a context stands inside another.

    The proof names the context that it was made over: who reads the suite to the letter (Mastodon, apsig) adds none.
    """
    options = {
        **({"@context": document["@context"]} if "@context" in document else {}),
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": ids.rfc3339(now),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = sign(_hash(document, options))
    return {**document, "proof": {**options, "proofValue": pair.to_multibase(signature)}}


def claimed_method(document: dict[str, Any]) -> str:
    """The key that a proof of the document names; '' when it carries none that we speak."""
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("cryptosuite") != SUITE or proof.get("type") != "DataIntegrityProof":
        return ""
    method = proof.get("verificationMethod")
    return method if isinstance(method, str) else ""


def is_old(document: dict[str, Any], now: datetime) -> bool:
    """Whether what it proves may have been taken back since: anybody can bring it again, so its origin has to be asked.

    A proof that does not say when it was made is old.
    """
    proof = document.get("proof")
    created = ids.read_rfc3339(proof.get("created")) if isinstance(proof, dict) else None
    return created is None or created < ids.milliseconds(now) - FRESH


def holds(document: dict[str, Any], public: pair.PublicKey, now: datetime) -> bool:
    """Whether the owner of the key said the whole document as it stands.

    That the key belongs to the document's actor is for the caller to know.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict) or not claimed_method(document) or not pair.is_ed25519(public):
        return False
    if proof.get("proofPurpose") != "assertionMethod" or not isinstance(proof.get("proofValue"), str):
        return False
    for name in ("created", "expires"):
        if name in proof and ids.read_rfc3339(proof[name]) is None:
            return False
    moment, created, expires = (
        ids.milliseconds(now),
        *(ids.read_rfc3339(proof.get(name)) for name in ("created", "expires")),
    )
    if (created is not None and created > moment + CLOCK_SKEW) or (expires is not None and expires < moment):
        return False
    unsecured = {key: value for key, value in document.items() if key != "proof"}
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    if "@context" in options and not _starts_with(unsecured.get("@context"), options["@context"]):
        return False
    if "@context" not in options and "@context" in unsecured:
        options["@context"] = unsecured["@context"]
    try:
        signature = pair.from_multibase(proof["proofValue"])
        return pair.verify(public, _hash(unsecured, options), signature)
    except (ValueError, rfc8785.CanonicalizationError):
        return False


def _hash(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    return hashlib.sha256(rfc8785.dumps(options)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()


def _starts_with(whole: Any, part: Any) -> bool:
    """The document's context begins with the proof's (Data Integrity §4.3): nothing was put before it."""
    listed, begin = v.as_list(whole), v.as_list(part)
    return listed[: len(begin)] == begin
