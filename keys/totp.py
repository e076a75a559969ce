"""Codes that a phone makes anew each half minute from a secret that it shares with us, and when one counts.

Six digits from HMAC-SHA-1 over the number of the half minute: what every authenticator app can.
Source: RFC 6238, RFC 4226; the address is the one of Google Authenticator's wiki, «Key URI Format».
"""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

STEP = 30_000  # ms for which a code is shown
DRIFT = 1  # steps by which a phone's clock, or a slow hand, may be off
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 §4, R6: 160 bits


def new() -> str:
    """A new secret, in the letters that apps take (base32, unpadded)."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address(secret: str, issuer: str, account: str) -> str:
    """`otpauth://…`, which an authenticator app opens or reads from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?" + urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)


def code(secret: str, step: int) -> str:
    """The six digits of this half minute since 1970."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: str, typed: str, now: int) -> int | None:
    """The half minute whose code was typed, one more or less than it is by our clock (UTC ms); None for a wrong code."""
    this = now // STEP
    right = [step for step in range(this - DRIFT, this + DRIFT + 1) if hmac.compare_digest(code(secret, step), typed)]
    return right[-1] if right else None
