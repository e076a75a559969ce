"""What the form of a need, an offer or a call holds besides its words, as typed, and what that means."""

from dataclasses import dataclass

from federation import vocabulary as v
from node import settings
from node.errors import Invalid
from node.network import board, listed, teams
from node.network.board import Facts
from node.people import actors, memberships
from node.people.sessions import Member
from node.store import Database
from node.text import mark
from web import dates, words
from web.pages import directory
from web.pages.directory import Option

CURRENCIES = {"MAD": mark("Moroccan dirham"), "TND": mark("Tunisian dinar"), "EUR": mark("Euro")}
# The form's fields, all of them texts; subject is the code of a field of activity.
LONGEST = 2100  # characters of a field: more than an address may have
NAMES = ("subject", "region", "until", "opens", "least", "most", "currency", "link", "project")


@dataclass(slots=True)
class Options:
    """What one may choose from."""

    fields: list[Option]
    places: list[Option]
    currencies: list[tuple[str, str]]
    today: str
    projects: list[tuple[str, str]]  # (URI, name) of those that may need something


def options(db: Database, region: str, now: int, mine: list[tuple[str, str]]) -> Options:
    """mine: the URIs and names of her projects.  To be called once the reader is known."""
    country = settings.get(db, "country")
    currencies = [("", words.say("None")), *((code, words.say(word)) for code, word in CURRENCIES.items())]
    today = dates.moment(now, settings.get(db, "timezone")).date()
    return Options(
        directory.field_options(), directory.place_options(region, country), currencies, today.isoformat(), mine
    )


def begin(db: Database, member: Member) -> dict[str, str]:
    """The field and the place of the association in whose name she would write first; {} for herself."""
    others = [] if member.acts_for_another else teams.associations_of(db, member.user)
    speaks = [row["id"] for row in others if row["membership"] in memberships.SPEAKING]
    row = listed.by_uri(db, actors.get(db, speaks[0] if speaks else member.actor)["uri"])
    if row is None:
        return {}
    return {"subject": row["field"], "region": row["path"].rstrip("/").rpartition("/")[2]}


def facts(db: Database, typed: dict[str, str]) -> Facts:
    """What the fields mean.  Raises Invalid for a day, a number or an address that is none."""
    zone = settings.get(db, "timezone")
    typed = {name: typed.get(name, "") for name in NAMES}
    link = typed["link"]
    if link and not v.is_web(link):
        raise Invalid("The address begins with https://")
    least, most = _amount(typed["least"]), _amount(typed["most"])
    return Facts(
        fields=(typed["subject"],) if typed["subject"] else (), region=typed["region"],
        until=board.end_of_day(typed["until"], zone) if typed["until"] else None,
        opens=board.end_of_day(typed["opens"], zone) - 86_399_000 if typed["opens"] else None,
        least=least, most=most, currency=typed["currency"] if least is not None or most is not None else "",
        link=link, project=typed["project"],
    )  # fmt: skip


def _amount(typed: str) -> int | None:
    """Whole units, however thousands are marked; Arabic digits too."""
    plain = "".join(one for one in typed if one not in " .,\u202f\u00a0'")
    if not plain:
        return None
    if not plain.isdecimal() or len(plain) > 13:
        raise Invalid("Write the amount in whole numbers.")
    return int(plain)


def again(db: Database, kept: Facts) -> dict[str, str]:
    """The fields as they were once typed."""
    zone = settings.get(db, "timezone")

    def on(at: int | None) -> str:
        return "" if at is None else dates.moment(at, zone).date().isoformat()

    return {
        "subject": kept.fields[0] if kept.fields else "", "region": kept.region, "until": on(kept.until),
        "opens": on(kept.opens), "least": "" if kept.least is None else str(kept.least),
        "most": "" if kept.most is None else str(kept.most), "currency": kept.currency, "link": kept.link,
        "project": kept.project,
    }  # fmt: skip
