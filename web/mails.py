"""What letters to people's own addresses say: a few sentences, one link, in the reader's language, right to left where it is.

Every letter is there twice, as plain text and as HTML without tables, pictures or
anything fetched.  Names are account names, whose letters are known; what a
coordinator typed stands as text alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.mail import Words
from node.posts.digest import Digest
from node.store import Row
from node.text import direction, many_lines, mark, one_line, translate
from web import digests, rendering

LONGEST_QUOTED = 2000
ISOLATED = "\u2066{}\u2069"  # read from left to right: among Arabic letters the @ would stand at the wrong end


@dataclass(frozen=True, slots=True)
class _Kind:
    """A letter's words; path is where its one link leads, the secret behind it."""

    subject: str
    before: tuple[str, ...]
    link: str = ""
    path: str = ""
    after: tuple[str, ...] = ()


_NOT_YOU = mark("If it was not you, you need do nothing: without this link nothing changes.")
_WARNED = mark(
    "If it was not you, set a new password at once («I forgot my password» on the log-in page) and tell the coordinators."
)

KINDS = {
    "confirm": _Kind(
        mark("Confirm your address"),
        (mark("Somebody, probably you, asks for the account @{name} at {network} with this address."),),
        mark("Confirm the address"), "/confirm/",
        (mark("The link holds for a week."), mark("If it was not you, leave the letter be: nothing is opened.")),
    ),
    "accepted": _Kind(
        mark("Your request was accepted"),
        (mark("The coordinators of {network} have opened the account @{name} for you. You log in with the password that you chose."),),
        mark("Log in"), "/login",
    ),
    "known": _Kind(
        mark("You have an account already"),
        (mark("Somebody, probably you, asks for an account at {network} with this address, which has one: @{name}."),),
        mark("I forgot my password"), "/reset", (mark("If it was not you, you need do nothing."),),
    ),
    "refused": _Kind(
        mark("Your request was not accepted"),
        (mark("The coordinators of {network} have not opened the account @{name}. Nothing that you sent us is kept."),),
    ),
    "change": _Kind(
        mark("Confirm your new address"),
        (mark("The account @{name} at {network} is to have this address from now on."),),
        mark("Confirm the address"), "/confirm/", (mark("The link holds for a day."), _NOT_YOU),
    ),
    "changed": _Kind(
        mark("Your address was changed"),
        (mark("The account @{name} at {network} has another e-mail address now; this one is not used any more."), _WARNED),
    ),
    "reset": _Kind(
        mark("A new password"),
        (mark("Somebody, probably you, has forgotten the password of the account @{name} at {network}."),),
        mark("Choose a new password"), "/reset/", (mark("The link holds for an hour and works once."), _NOT_YOU),
    ),
    "password": _Kind(
        mark("Your password was changed"),
        (mark("The account @{name} at {network} has a new password. All browsers and apps were logged out."), _WARNED),
    ),
    "steps_on": _Kind(
        mark("Two-step verification is on"),
        (mark("Logging in to the account @{name} at {network} asks for a code from now on, beside the password."), _WARNED),
    ),
    "steps_off": _Kind(
        mark("Two-step verification is off"),
        (mark("The password alone opens the account @{name} at {network} again."), _WARNED),
    ),
    "steps_code": _Kind(
        mark("A recovery code was used"),
        (mark("One of the recovery codes of the account @{name} at {network} was used. Codes left: {left}."), _WARNED),
    ),
    "steps_codes": _Kind(
        mark("New recovery codes"),
        (mark("The account @{name} at {network} has ten new recovery codes. Those of before work no more."), _WARNED),
    ),
    "steps_guessed": _Kind(
        mark("Somebody gives your password, and wrong codes"),
        (mark("Somebody has given the right password of the account @{name} at {network} and then many wrong codes. Nobody was let in by them."), _WARNED),
    ),
    "warning": _Kind(
        mark("About your account"),
        (mark("The coordinators of {network} have decided about the account @{name}: {decision}"),),
        after=(mark("You can answer them at this address: {contact}"),),
    ),
    "letter": _Kind(
        mark("A visitor has written to the association"),
        (mark("Somebody without an account has written to @{name} at {network}:"),),
        mark("All letters from visitors"), "/manage/@{name}/letters",
        (mark("Answer by the number or the address in it: an answer to this letter reaches nobody."),),
    ),
    "test": _Kind(mark("A letter to try it out"), (mark("{network} can send letters: this is one."),)),
}  # fmt: skip
DECISIONS = {
    "none": mark("nothing is changed, but they wish to tell you something."),
    "sensitive": mark("your pictures are shown behind a warning."),
    "disable": mark("you cannot log in for the time being."),
    "silence": mark("your posts reach only those who follow you."),
    "suspend": mark("it is closed."),
}


def write(row: Row, secret: str, chosen: Mapping[str, Any], told: Digest | None = None) -> Words:
    """The words of this letter, with its link."""
    if told is not None:
        return digests.write(row, chosen, told)
    kind = KINDS[row["kind"]]
    facts = json.loads(row["facts"])
    tag = rendering.known_language(row["locale"]) or str(chosen["locale"])
    network = one_line(rendering.chosen_text(chosen["name"], tag), 60)
    decision = DECISIONS.get(facts.get("decision", ""), "")
    values = {
        "name": facts.get("name", ""), "left": facts.get("left", ""), "network": network, "contact": chosen["contact"],
        "decision": translate(decision, tag) if decision else "",
    }  # fmt: skip

    handle = f"@{values['name']}"

    def say(message: str) -> str:
        said = translate(message, tag).format(**values)
        return said.replace(handle, ISOLATED.format(handle)) if values["name"] and direction(tag) == "rtl" else said

    after = list(kind.after)
    if row["kind"] == "warning" and not chosen["contact"]:
        after = []
    quoted = many_lines(facts.get("said", ""), LONGEST_QUOTED).strip()
    parts = {"before": [say(one) for one in kind.before], "quoted": quoted, "link": say(kind.link) if kind.link else "",
             "address": f"{chosen['origin']}{kind.path.format(**values)}{secret}" if kind.link else "",
             "after": [say(one) for one in after], "network": network, "origin": chosen["origin"]}  # fmt: skip
    html = (
        rendering.templates()
        .get_template("mail.html")
        .render(lang=tag, dir=direction(tag), subject=say(kind.subject), **parts)
    )
    return Words(f"{say(kind.subject)} · {network}" if network else say(kind.subject), _plain(parts), html, tag)


def _plain(parts: dict[str, Any]) -> str:
    """The same words without marks; the link on a line of its own."""
    link = [f"{parts['link']}:\n{parts['address']}"] if parts["address"] else []
    quoted = [parts["quoted"]] if parts["quoted"] else []
    foot = "\n".join(("-- ", parts["network"], parts["origin"]))
    return "\n\n".join([*parts["before"], *quoted, *link, *parts["after"], foot]) + "\n"
