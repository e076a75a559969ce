"""Letters to people's own addresses, handed to the operator's mail server over SMTP.

The worker takes them from rows (node/mails) one after another.  smtplib speaks, in a
thread, over a socket that our one client has dialled: see docs/decisions/0009.  The
server proves by certificate that it is the one named, before a password is said.

    claim (one write) → words (web/mails) → SMTP → done, or later (one write)
"""

import asyncio
import ipaddress
import json
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from federation.bridge import Bridge, now
from federation.client import Client
from keys import ring
from node import ids, mails, settings
from node.errors import Invalid, NodeError, Unreachable
from node.log import Log
from node.people import addresses, digests, users
from node.posts import digest
from node.posts.digest import Digest
from node.store import Database, Row
from node.text import base, one_line

log = Log("federation.mail")

STEP_SECONDS = 20  # without a word from the server
TOTAL_SECONDS = 60  # for one letter, from the first byte to the last
LARGEST = 200_000  # bytes of a whole letter
PASSWORD = "mail"


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: plain text and the same as HTML; end is where one press ends letters of its kind."""

    subject: str
    text: str
    html: str
    locale: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class Server:
    """The operator's mail server, as the settings have it."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str


# (letter's row, secret of its link, our settings, what a digest tells) -> what it says
Writer = Callable[[Row, str, Mapping[str, Any], Digest | None], Words]


def server(chosen: Mapping[str, object], password: str) -> Server | None:
    """Where letters go, from all settings; None where the operator has set nothing up."""
    host, sender = str(chosen["mail_host"]), str(chosen["mail_from"] or chosen["contact"])
    port = chosen["mail_port"]
    if not host or not sender or not isinstance(port, int):
        return None
    return Server(host, port, str(chosen["mail_security"]), str(chosen["mail_user"]), password, sender)


def password_kept(folder: Path, password: str | None = None) -> str:
    """The password for the mail server, which lies beside the keys; given one, it is that from now on."""
    if password is not None:
        ring.of(folder).keep_password(PASSWORD, password)
    return ring.of(folder).password(PASSWORD)


async def send_next(bridge: Bridge, write: Writer) -> bool:
    """The next letter due was sent, or is put off; false when none is due, or the operator has no server yet."""
    chosen = await bridge.store.read(settings.everything)
    where = server(chosen, bridge.ring.password(PASSWORD))
    if where is None:
        return False
    taken = await bridge.store.write(mails.take, now())
    if taken is None:
        return False
    row, secret = taken
    told = await bridge.store.read(_gathered, row)
    if told is not None and not (told and told.secret):  # all of it is gone meanwhile, or she wants no more
        await bridge.store.write(mails.done, row["id"], now())
        return True
    try:
        message = compose(
            write(row, secret, chosen, told), row["address"], where.sender, name_of(chosen), bridge.host, now()
        )
        await send(bridge.client, bridge.host, where, message)
    except Refused as error:
        await bridge.store.write(_refused, row, str(error))
        log.warning("mail refused", kind=row["kind"], mail=row["id"], reason=str(error))
    except NodeError as error:
        again = await bridge.store.write(mails.failed, row["id"], str(error), now())
        log.warning("mail failed", kind=row["kind"], mail=row["id"], tries=row["tries"], again=again, reason=str(error))
    except Exception:
        await bridge.store.write(mails.failed, row["id"], "the letter could not be written", now(), for_good=True)
        log.error("mail broke", kind=row["kind"], mail=row["id"])
    else:
        await bridge.store.write(mails.done, row["id"], now())
        log.info("mail sent", kind=row["kind"], mail=row["id"], tries=row["tries"])
    return True


def _gathered(db: Database, row: Row) -> Digest | None:
    """What a digest tells, as it stands when the letter goes: what was deleted or hidden since is not in it."""
    if row["kind"] != digests.KIND:
        return None
    facts = json.loads(row["facts"])
    found = digest.gather(db, users.get(db, row["user"])["actor"], facts["since"], facts["until"])
    found.secret = digests.secret_of(db, row["user"])
    return found


def _refused(db: Database, row: Row, error: str) -> None:
    """The letter is given up; where nobody takes our letters, no digest knocks again."""
    mails.failed(db, row["id"], error, now(), for_good=True)
    if row["kind"] == digests.KIND:
        digests.end(db, row["user"])


class Refused(NodeError):
    """This address will never be written to: trying again makes no sense."""

    code = "refused"


def name_of(chosen: Mapping[str, object]) -> str:
    """The network's name, for the line From."""
    names = chosen["name"]
    tag = base(str(chosen["locale"]))
    found = (names.get(tag) or next(iter(names.values()), "")) if isinstance(names, dict) else ""
    return one_line(found, 60)


def compose(words: Words, address: str, sender: str, name: str, host: str, at: int) -> EmailMessage:
    """The letter, whole.  Nothing that somebody typed can add a line to its head: EmailMessage refuses line ends.

    Raises Refused for an address that nobody can write to, Invalid for a sender that is none.
    """
    message = EmailMessage(POLICY)
    try:
        message["To"] = Address(addr_spec=addresses.read(address))
    except (ValueError, NodeError) as error:
        raise Refused("This is no e-mail address.") from error
    try:
        message["From"] = Address(display_name=one_line(name, 60), addr_spec=addresses.read(sender))
    except (ValueError, NodeError) as error:
        raise Invalid("The sender (mail_from) is no e-mail address.") from error
    message["Subject"] = one_line(words.subject, 150)
    message["Date"] = format_datetime(ids.moment(at))
    message["Message-ID"] = f"<{ids.new(at)}@{host.partition(':')[0]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = words.locale
    if words.end:
        message["List-Unsubscribe"] = f"<{words.end}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(words.text, cte=_shorter(words.text))
    message.add_alternative(words.html, subtype="html", cte=_shorter(words.html))
    return message


def size(words: Words) -> int:
    """Bytes of the whole letter, about: its two parts as they travel, and the lines around them."""
    return sum(_encoded(part)[_shorter(part)] for part in (words.text, words.html)) + 1500


def _shorter(text: str) -> str:
    sizes = _encoded(text)
    return min(sizes, key=lambda name: sizes[name])


def _encoded(text: str) -> dict[str, int]:
    """Bytes by the two ways in which any text travels."""
    whole = text.encode()
    spelled = sum(byte > 126 or byte == 61 for byte in whole)  # =D8 and the like
    return {"quoted-printable": (len(whole) + 2 * spelled) * 77 // 75, "base64": (len(whole) + 2) // 3 * 4 * 78 // 76}


class _Whole(UnstructuredHeader, BaseHeader):
    """A header that is one address: broken into lines it would be none, RFC 8058 asks for it as it is."""

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_registry = HeaderRegistry()
_registry.map_to_type("List-Unsubscribe", _Whole)
POLICY = EmailPolicy(header_factory=_registry)


async def send(client: Client, ours: str, where: Server, message: EmailMessage) -> None:
    """The server took the letter; ours is the name by which we greet it.  Raises Refused when it never will, Unreachable when it may later."""
    body = message.as_bytes(policy=message.policy.clone(linesep="\r\n", max_line_length=76))
    if len(body) > LARGEST:
        raise Refused("The letter is too long.")
    made = await client.dial(where.host, where.port)
    peer = ipaddress.ip_address(str(made.getpeername()[0]).partition("%")[0])
    target = str(message["To"].addresses[0].addr_spec)
    handle = made.dup()  # TLS takes the first one over
    speaking = asyncio.create_task(asyncio.to_thread(_speak, made, where, target, body, ours, peer.is_loopback))
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            await asyncio.shield(speaking)
    except TimeoutError as error:
        raise Unreachable("The mail server takes too long.", host=where.host) from error
    finally:
        if not speaking.done():
            _cut(handle)
            await asyncio.gather(speaking, return_exceptions=True)
        handle.close()


def _cut(handle: socket.socket) -> None:
    """The thread that waits for the server wakes up at once."""
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class _Over(smtplib.SMTP):
    """SMTP over a socket that is connected already."""

    def __init__(self, made: socket.socket, host: str, ours: str) -> None:
        super().__init__(local_hostname=ours, timeout=STEP_SECONDS)
        self._made, self._host = made, host  # starttls holds the certificate against the host

    def greet(self) -> None:
        """The server has said who it is.  Raises SMTPConnectError when it does not want us."""
        code, said = self.connect(self._host, self._made.getpeername()[1])
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._made


def _speak(made: socket.socket, where: Server, target: str, body: bytes, ours: str, near: bool) -> None:
    """In a thread: the whole conversation.  Raises as `send` does."""
    made.settimeout(STEP_SECONDS)
    smtp = None
    try:
        if where.security == "tls":
            made = ssl.create_default_context().wrap_socket(made, server_hostname=where.host)
        smtp = _Over(made, where.host, ours.partition(":")[0])
        smtp.greet()
        _prove(smtp, where, near)
        _hand_over(smtp, where.sender, target, body)
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            pass  # it has the letter
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise Unreachable("The mail server did not take it: {reason}", reason=_reason(error)) from error
    finally:
        if smtp is not None:
            smtp.close()
        made.close()


def _prove(smtp: smtplib.SMTP, where: Server, near: bool) -> None:
    """The way is closed as the operator wants it, and the server knows us.  No password in the clear but to this machine."""
    smtp.ehlo_or_helo_if_needed()
    if where.security == "starttls":
        if not smtp.has_extn("starttls"):
            raise smtplib.SMTPException("the server offers no STARTTLS")
        smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo()
    if where.user:
        if where.security == "none" and not near:
            raise smtplib.SMTPException("a password goes to another machine only over TLS: set mail_security")
        smtp.login(where.user, where.password)


def _hand_over(smtp: smtplib.SMTP, sender: str, target: str, body: bytes) -> None:
    """Raises Refused where the server says for good that it does not want this reader or this letter."""
    code, said = smtp.mail(sender, [f"size={len(body)}"] if smtp.has_extn("size") else [])
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)
    code, said = smtp.rcpt(target)
    if 500 <= code < 600:
        raise Refused("The mail server refuses this address: {reason}", reason=_answer(code, said))
    if code not in (250, 251):
        raise smtplib.SMTPResponseException(code, said)
    code, said = smtp.data(body)
    if 500 <= code < 600:
        raise Refused("The mail server refuses this letter: {reason}", reason=_answer(code, said))
    if code != 250:
        raise smtplib.SMTPResponseException(code, said)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return one_line(f"{type(error).__name__}: {error}", 200)


def _answer(code: int, said: bytes | str) -> str:
    return one_line(f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}", 200)
