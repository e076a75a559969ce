"""The node's key toward push services (VAPID, RFC 8292): P-256, made from the ring's secret of that name."""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from keys.ring import Ring

# The order of the group: a private key is a number from 1 to one less.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def public(ring: Ring) -> str:
    """What apps hand to push services: the uncompressed point, base64url."""
    point = _key(ring.secret("vapid")).public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )  # fmt: skip
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def sign(ring: Ring, message: bytes) -> bytes:
    """ES256 as JWT wants it: the two numbers, 32 bytes each."""
    one, other = decode_dss_signature(_key(ring.secret("vapid")).sign(message, ec.ECDSA(hashes.SHA256())))
    return one.to_bytes(32, "big") + other.to_bytes(32, "big")


@lru_cache(maxsize=8)
def _key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(secret, "big") % (_ORDER - 1) + 1, ec.SECP256R1())
