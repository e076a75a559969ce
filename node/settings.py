"""What an operator can choose: every setting with its default and a sentence, in one table.

Settings are rows, changed by pages and by `tashbik config`; there is no configuration
file.  What a process needs to start (folder, address, networks) is an option of `serve`.
"""

import copy
import json
from dataclasses import dataclass
from typing import Any

from node.errors import Invalid
from node.store import Database
from node.text import LOCALES


@dataclass(frozen=True, slots=True)
class Setting:
    """default also says the type; choices closes the set; fixed: only `init` sets it."""

    default: Any
    sentence: str
    choices: tuple[Any, ...] = ()
    fixed: bool = False


SETTINGS: dict[str, Setting] = {
    "origin": Setting("", "The address that peers and members know this node by, for ever.", fixed=True),
    "development": Setting(False, "Allows http, ports, IP addresses and private networks. Never on the internet.",
                           fixed=True),
    "name": Setting({"ar": "شبكة جمعيات"}, "The network's name: a map of language to text."),
    "tagline": Setting({}, "One sentence under the name: a map of language to text."),
    "about": Setting({}, "What the network is, for the page «about»: a map of language to text."),
    "rules": Setting([], "The rules of the house: a list of maps of language to text."),
    "country": Setting("MA", "The country of regions, words and dates.", ("MA", "TN")),
    "locale": Setting("ar-MA", "The language of visitors who ask for none.", LOCALES),
    "timezone": Setting("Africa/Casablanca", "The IANA zone that dates are shown in."),
    "network": Setting("open", "Who may follow and write to us: everyone, or only the peers listed.",
                       ("open", "closed")),
    "registrations": Setting("approval", "Who may open an account.", ("open", "approval", "closed")),
    "contact": Setting("", "The e-mail address of the operator, shown to visitors."),
    "mail_host": Setting("", "The mail server (SMTP) that takes our letters; empty: this node sends none."),
    "mail_port": Setting(587, "Its port: 587 with starttls, 465 with tls, 25 for a server on this machine."),
    "mail_security": Setting("starttls", "How the way there is closed; none only for a server on this machine.",
                             ("starttls", "tls", "none")),
    "mail_user": Setting("", "The name that we log in with there; its password is set by `tashbik mail password`."),
    "mail_from": Setting("", "The address that letters come from; empty: the operator's (`contact`)."),
    "require_email": Setting(False, "Whether nobody joins without an e-mail address, where this node can send letters."),
    "two_steps_for_staff": Setting(False, "Whether who moderates or administers decides only after a log-in in two steps."),
    "post_length": Setting(5000, "The most characters in one post."),
    "free_space": Setting(209_715_200, "Below so many bytes free on the disk, peers and uploads are asked to wait."),
    "waiting_limit": Setting(20_000, "With so many activities waiting, peers are asked to come back later."),
    "media_size": Setting(16_000_000, "The largest picture one may upload, in bytes."),
    "film_size": Setting(40_000_000, "The largest film or sound one may upload, in bytes; needs ffmpeg."),
    "film_seconds": Setting(900, "The longest film or sound one may upload, in seconds."),
    "film_pixels": Setting(8_847_360, "The most pixels of one picture of a film: 4096 by 2160."),
    "film_streams": Setting(8, "The most streams (pictures, sounds, titles) in one file."),
    "link_cards": Setting(True, "Whether pages that public posts link to are asked for their title and picture, once a day."),
    "cache_size": Setting(500_000_000, "The bytes of disk that pictures of other servers may take."),
}  # fmt: skip


def get(db: Database, name: str) -> Any:
    """The value of a setting, its default where nobody chose."""
    found = db.once(("setting", name), lambda: _chosen(db, name))
    return found if type(found) in _PLAIN else copy.deepcopy(found)  # whoever asked may change a list of her own


_PLAIN = frozenset((str, int, bool))


def _chosen(db: Database, name: str) -> Any:
    found = db.value("select value from settings where name = ?", (name,))
    return SETTINGS[name].default if found is None else json.loads(found)


def everything(db: Database) -> dict[str, Any]:
    """All settings with their values."""
    chosen = {row["name"]: json.loads(row["value"]) for row in db.rows("select name, value from settings")}
    return {name: chosen.get(name, setting.default) for name, setting in SETTINGS.items()}


def choose(db: Database, name: str, value: Any) -> None:
    """Keep a choice.  Raises Invalid for an unknown name, another type or a closed set's stranger."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise Invalid("There is no setting called {name}.", name=name)
    if type(value) is not type(setting.default):
        raise Invalid("{name} wants another kind of value.", name=name)
    if setting.choices and value not in setting.choices:
        raise Invalid("{name} must be one of: {choices}.", name=name, choices=", ".join(setting.choices))
    db.execute(
        "insert into settings (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
        (name, json.dumps(value, ensure_ascii=False)),
    )
    db.forget()
    db.wake("settings")
