"""Key pairs: what one signs the other knows, and nothing else passes."""

import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keys import pair, ring

RSA, EDWARDS = pair.new_rsa(), pair.new_ed25519()


@pytest.mark.parametrize("pem", [RSA, EDWARDS], ids=["rsa", "ed25519"])
def test_a_signature_holds_for_its_message_and_key_alone(pem):
    private = pair.load(pem)
    public = pair.read_public(pair.public_of(private))
    signature = pair.sign(private, b"said")
    assert public is not None
    assert pair.verify(public, b"said", signature)
    assert not pair.verify(public, b"sad", signature)
    assert not pair.verify(public, b"said", signature[:-1])
    assert not pair.verify(public, b"said", b"")


@given(st.binary(max_size=80))
def test_multibase_reads_what_it_wrote(raw):
    assert pair.from_multibase(pair.to_multibase(raw)) == raw


@given(st.text(max_size=200))
def test_a_strange_key_is_no_key(text):
    assert pair.read_public(text) is None


def test_a_private_key_is_for_its_owner_alone(tmp_path):
    made = ring.Ring(tmp_path)
    made.make(7, "rsa")
    [file] = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert ring.Ring(tmp_path).sign(7, "rsa", b"x") == made.sign(7, "rsa", b"x")


def vectors(shared):
    return json.loads((shared / "data" / "signature_vectors" / "multibase_multikey.json").read_text())


def test_multibase_is_read_in_base58_and_in_no_other_base(shared):
    for vector in vectors(shared)["multibase"]:
        plain = vector["plain_escaped"].encode().decode("unicode_escape").encode("latin-1")
        if vector["encoding"] == "base58btc":
            assert pair.from_multibase(vector["encoded"]) == plain
            assert pair.to_multibase(plain) == vector["encoded"]
        else:
            with pytest.raises(ValueError):
                pair.from_multibase(vector["encoded"])


def test_multikeys_of_others_are_the_keys_that_they_say(shared):
    for vector in vectors(shared)["ed25519_multikeys"]:
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed_hex"]))
        assert pair.public_of(private) == vector["public_key_multibase"]
        read = pair.read_public(vector["public_key_multibase"])
        assert read is not None and read == pair.read_public(vector["public_key_pem"]) == private.public_key()
    for vector in vectors(shared)["rsa_multikeys"]:
        read = pair.read_public(vector["public_key_multibase"])
        assert read is not None and read == pair.read_public(vector["public_key_pem"])
        assert read.key_size == vector["modulus_bits"]


@pytest.mark.parametrize("bits", [1024, 16_384])
def test_a_key_too_small_to_prove_or_too_large_to_afford_is_none(bits):
    e, modulus = 65537, (1 << (bits - 1)) + 1
    pem = rsa.RSAPublicNumbers(e, modulus).public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )  # fmt: skip
    assert pair.read_public(pem.decode()) is None


def test_a_key_of_a_kind_that_we_do_not_speak_is_none():
    for private in (ec.generate_private_key(ec.SECP256R1()), x25519.X25519PrivateKey.generate()):
        pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert pair.read_public(pem.decode()) is None


def test_a_signature_is_checked_with_the_algorithm_of_the_key():
    edwards, other = pair.load(EDWARDS), pair.load(RSA)
    assert not pair.verify(other.public_key(), b"said", pair.sign(edwards, b"said"))
    assert not pair.verify(edwards.public_key(), b"said", pair.sign(other, b"said"))
    long = other.sign(b"said", padding.PKCS1v15(), hashes.SHA512())
    assert pair.verify(other.public_key(), b"said", long, sha512=True)
    assert not pair.verify(other.public_key(), b"said", long)
    pss = other.sign(b"said", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert not pair.verify(other.public_key(), b"said", pss, sha512=True)
