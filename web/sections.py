"""The sections of the site, as the menus show them.  One whose path has no page here is left out."""

from dataclasses import dataclass

from node.text import mark


@dataclass(frozen=True, slots=True)
class Section:
    """pages are the `data-page` names that lie in it; icon stands in the bottom bar."""

    path: str
    word: str
    icon: str
    pages: tuple[str, ...]
    short: str = ""  # in the bottom bar, where the word is too long


SECTIONS = [
    Section("/", mark("Home"), "home", ("home",)),
    Section("/assoc", mark("Associations"), "people", ("directory", "association"), mark("Directory")),
    Section("/agenda", mark("Agenda"), "calendar", ("agenda", "event")),
    Section("/forums", mark("Forums"), "forum", ("forums", "forum", "forum-log", "forum-edit", "forum-watch", "topic")),
    Section("/projects", mark("Projects"), "project", ("projects", "project")),
    Section("/board", mark("Needs and offers"), "need", ("board", "need")),
    Section("/calls", mark("Calls for projects"), "call", ("calls", "call")),
    Section("/library", mark("Documents"), "document", ("library", "document")),
]
MORE = [
    Section("/local", mark("Public timeline"), "update", ("local",)),
    Section("/participate", mark("Consultations"), "solved", ("participate",)),
    Section("/help-desk", mark("Help desk"), "people", ("help_desk",)),
    Section("/network", mark("Network"), "share", ("network",)),
    Section("/about", mark("About"), "shield", ("about",)),
]
BOTTOM = ("/", "/agenda", "/forums")  # beside «publish» and the account
IN_PLACE_OF = {"/agenda": "/assoc"}  # while there is no agenda
