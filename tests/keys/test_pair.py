"""Key pairs: what one signs the other knows, and nothing else passes."""

import pytest
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
