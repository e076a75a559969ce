"""How our own requests are signed: draft-cavage for nearly everybody, RFC 9421 for who asks for it.

How those of others are judged is in federation/signatures.
Source: draft-cavage-http-signatures-12 §2; RFC 9421 §3.1; Mastodon's spec/security.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

from federation.signatures import TARGET, Message, signing_string

Sign = Callable[[bytes], bytes]


def signed_cavage(
    method: str, host: str, path: str, body: bytes | None, key_id: str, sign: Sign, now: datetime,
    content_type: str = "", accept: str = "",
) -> dict[str, str]:  # fmt: skip
    """Headers of a request signed with an RSA key, in the order every peer can read.

    path is as it will be sent, query included.  A body adds Digest and Content-Type.
    """
    headers = {"Host": host, "Date": format_datetime(now.astimezone(UTC), usegmt=True)}
    covered = [TARGET, "host", "date"]
    if body is not None:
        headers["Digest"] = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Content-Type"] = content_type
        covered += ["digest", "content-type"]
    string = signing_string(covered, headers, method, path)
    signature = base64.b64encode(sign(string)).decode()
    headers["Accept"] = accept
    headers["Signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",signature="{signature}"'
    )
    return headers


def signed_rfc9421(
    method: str, url: str, body: bytes | None, key_id: str, sign: Sign, now: datetime,
    content_type: str = "", accept: str = "",
) -> dict[str, str]:  # fmt: skip
    """The same request signed as RFC 9421, in the shape Mastodon asks for: one signature with
    @method, @target-uri, content-digest, created and keyid; RSA PKCS#1 v1.5 with SHA-256.

    It is named in `alg`: activitypub.bot takes no signature without.
    """
    from http_message_signatures import HTTPMessageSigner
    from http_message_signatures.algorithms import RSA_V1_5_SHA256

    covered = ["@method", "@target-uri"]
    headers = {"Date": format_datetime(now.astimezone(UTC), usegmt=True), "Accept": accept}
    if body is not None:
        headers["Content-Type"] = content_type
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers["Content-Digest"] = f"sha-256=:{digest}:"
        covered.append("content-digest")
    message = Message(method, url, headers)
    signer = HTTPMessageSigner(signature_algorithm=RSA_V1_5_SHA256)
    prepared = signer.prepare(
        message,
        key_id=key_id,
        created=now,
        label="sig1",
        include_alg=True,
        covered_component_ids=covered,
        use_existing_digest=body is not None,
    )
    signer.apply(message, prepared, sign(prepared.signature_base))
    return headers
