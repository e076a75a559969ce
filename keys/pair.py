"""Key pairs: made, written down, read; what they sign, and every verdict on a signature."""

from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

RSA_BITS = 2048
SMALLEST, LARGEST = 2048, 8192  # bits of a peer's RSA key; a larger one only costs us time
_MULTICODEC_ED25519 = b"\xed\x01"
_MULTICODEC_RSA = b"\x85\x24"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}

PublicKey = rsa.RSAPublicKey | ed25519.Ed25519PublicKey


def new_rsa() -> bytes:
    """A new RSA-2048 private key, PKCS8 PEM."""
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def new_ed25519() -> bytes:
    """A new Ed25519 private key, PKCS8 PEM."""
    return _pem(ed25519.Ed25519PrivateKey.generate())


def load(pem: bytes) -> Any:
    """The private key of our own PEM file; its arithmetic was checked when it was made."""
    return serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


def public_of(private: Any) -> str:
    """What others may know: SPKI PEM of an RSA key, multibase of an Ed25519 key."""
    public = private.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return to_multibase(_MULTICODEC_ED25519 + raw)
    pem: bytes = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


@lru_cache(maxsize=4096)
def read_public(text: str) -> PublicKey | None:
    """The key of a PEM or a multibase multikey, kept parsed; None for anything we do not speak."""
    try:
        if text.startswith("z"):
            return _read_multikey(from_multibase(text))
        if len(text) > 8192:
            return None
        found = serialization.load_pem_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm, TypeError, UnicodeError):
        return None
    return _speakable(found)


def sign(private: Any, message: bytes) -> bytes:
    """RSA PKCS#1 v1.5 with SHA-256, or Ed25519, by the key's type."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(message)
    signature: bytes = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return signature


def verify(public: PublicKey, message: bytes, signature: bytes, *, sha512: bool = False) -> bool:
    """Whether the owner of the key signed the message.  The algorithm is the key's, never the sender's.

    sha512 lets an RSA signature with SHA-512 pass too (`hs2019`).
    """
    if isinstance(public, ed25519.Ed25519PublicKey):
        return _holds(lambda: public.verify(signature, message))
    if _holds(lambda: public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())):
        return True
    return sha512 and _holds(lambda: public.verify(signature, message, padding.PKCS1v15(), hashes.SHA512()))


def is_ed25519(public: PublicKey) -> bool:
    """Whether the key is an Ed25519 one."""
    return isinstance(public, ed25519.Ed25519PublicKey)


def to_multibase(raw: bytes) -> str:
    """base58btc with its `z`."""
    number = int.from_bytes(raw, "big")
    digits = ""
    while number:
        number, rest = divmod(number, 58)
        digits = _ALPHABET[rest] + digits
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + digits


def from_multibase(text: str) -> bytes:
    """The bytes of a base58btc multibase.  Raises ValueError for another base or a strange letter."""
    if not text.startswith("z") or len(text) > 2048:
        raise ValueError("not base58btc")
    number = 0
    for letter in text[1:]:
        if letter not in _VALUE:
            raise ValueError("not base58btc")
        number = number * 58 + _VALUE[letter]
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _read_multikey(raw: bytes) -> PublicKey | None:
    if raw.startswith(_MULTICODEC_ED25519) and len(raw) == 34:
        return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
    if raw.startswith(_MULTICODEC_RSA):
        return _speakable(_rsa_from_pkcs1(raw[2:]))
    return None


def _rsa_from_pkcs1(der: bytes) -> Any:
    """Multikeys hold RSAPublicKey (PKCS#1); cryptography reads that from PEM."""
    import base64

    body = base64.b64encode(der).decode()
    pem = f"-----BEGIN RSA PUBLIC KEY-----\n{body}\n-----END RSA PUBLIC KEY-----\n"
    return serialization.load_pem_public_key(pem.encode())


def _speakable(key: Any) -> PublicKey | None:
    if isinstance(key, rsa.RSAPublicKey) and SMALLEST <= key.key_size <= LARGEST:
        return key
    return key if isinstance(key, ed25519.Ed25519PublicKey) else None


def _holds(check: Any) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError):
        return False
    return True


def _pem(private: Any) -> bytes:
    made: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made
