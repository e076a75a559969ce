"""A real mail server on loopback, for tests: takes letters, refuses, delays, wants TLS and a password."""

import asyncio
import datetime
import email.policy
import ipaddress
import re
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from node import settings
from node.store import Database
from tests.conftest import Node, until


class Mailbox:
    """`async with Mailbox() as box`: letters arrive in box.letters; answers says what RCPT and DATA are told."""

    def __init__(self, *, security: str = "none", tls: ssl.SSLContext | None = None, password: str = "") -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[Envelope] = []
        self.rcpt, self.data = "250 OK", ["250 OK"]  # of DATA the last one stays
        self.stall = 0.0  # seconds before DATA is answered
        self.logged_in: list[str] = []
        self.port = 0
        self._security, self._tls, self._password = security, tls, password

    async def __aenter__(self) -> "Mailbox":
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self, port: int = 0) -> None:
        direct = self._tls if self._security == "tls" else None
        self._server = await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", port, ssl=direct)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def _session(self) -> SMTP:
        more: dict[str, Any] = {}
        if self._security == "starttls":
            more = {"tls_context": self._tls, "require_starttls": True}
        if self._password:
            more |= {
                "authenticator": self._prove,
                "auth_required": True,
                "auth_require_tls": self._security == "starttls",
            }
        return SMTP(self, hostname="mail.example", loop=asyncio.get_running_loop(), **more)

    def _prove(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = data.password.decode() == self._password
        if right:
            self.logged_in.append(data.login.decode())
        return AuthResult(success=right)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        await asyncio.sleep(self.stall)
        answer = self.data.pop(0) if len(self.data) > 1 else self.data[0]
        if answer.startswith("250"):
            self.envelopes.append(envelope)
            self.raw.append(envelope.content)
            self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return answer

    # ── what a reader does ────────────────────────────────────────────────────

    async def next(self, count: int = 1) -> EmailMessage:
        """The letter of this number, once it has come."""
        await until(lambda: len(self.letters) >= count)
        return self.letters[count - 1]


def text(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link(letter: EmailMessage, node: Node) -> str:
    """The path that the letter's link leads to."""
    found = re.search(re.escape(node.origin) + r"(/(?:reset|confirm)/\S+)", text(letter))
    assert found is not None, text(letter)
    return found.group(1)


async def connect(node: Node, box: Mailbox, **more: object) -> None:
    """The node sends its letters through this server."""
    chosen = {"mail_host": "127.0.0.1", "mail_port": box.port, "mail_security": "none",
              "mail_from": "post@node.example", "name": {"ar": "شبكة الواحة", "fr": "Réseau Oasis", "en": "Oasis"}} | more  # fmt: skip

    def choose(db: Database) -> None:
        for name, value in chosen.items():
            settings.choose(db, name, value)

    await node.write(choose)


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """(what the server shows, the file of the authority that vouches for it)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.datetime.now(datetime.UTC)
    alternative: x509.GeneralName = x509.DNSName(name)
    if name[0].isdigit():
        alternative = x509.IPAddress(ipaddress.ip_address(name))
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(at - datetime.timedelta(days=1))
        .not_valid_after(at + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    shown, held = folder / f"{name}.crt", folder / f"{name}.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    held.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, held)
    return context, shown
