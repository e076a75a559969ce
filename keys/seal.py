"""Words kept in the file of the node that nobody reads without its keys: sealed with a secret of the ring (AES-256-GCM)."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.ring import Ring

NONCE = 12  # bytes


def close(ring: Ring, name: str, words: str) -> bytes:
    """The words, sealed with the secret of this name."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(ring.secret(name)).encrypt(nonce, words.encode(), name.encode())


def read(ring: Ring, name: str, sealed: bytes) -> str:
    """The words; '' where they were sealed with another secret, or changed."""
    try:
        return AESGCM(ring.secret(name)).decrypt(sealed[:NONCE], sealed[NONCE:], name.encode()).decode()
    except (InvalidTag, ValueError):
        return ""
