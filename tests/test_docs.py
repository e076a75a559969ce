"""Docs that fail the build: every setting, command, handled activity and route has its heading or row."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import click
import pytest

from federation.handlers.table import HANDLERS
from node.settings import SETTINGS
from tests import messages
from web.app import build
from web.commands.table import tashbik

ROOT = Path(__file__).parents[1]


def headings(page: str) -> set[str]:
    text = (ROOT / page).read_text()
    return {found.strip().strip("`") for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def commands(group: click.Command, path: str = "tashbik") -> list[str]:
    if isinstance(group, click.Group):
        return [name for key, one in group.commands.items() for name in commands(one, f"{path} {key}")]
    return [path]


def test_every_command_has_its_heading():
    missing = set(commands(tashbik)) - headings("docs/operators.md")
    assert not missing


def each(group: click.Command, path: str = "tashbik") -> list[tuple[str, click.Command]]:
    below = group.commands.items() if isinstance(group, click.Group) else ()
    return [(path, group), *(one for key, found in below for one in each(found, f"{path} {key}"))]


def test_every_command_and_every_option_says_what_it_is_for():
    for path, command in each(tashbik):
        short = command.get_short_help_str(66)
        assert short and not short.endswith("..."), f"{path} has a first sentence that is cut off: {short}"
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, f"{path} {option.name}"


def test_every_setting_has_its_heading():
    missing = set(SETTINGS) - headings("docs/operators.md")
    assert not missing


def test_every_handled_activity_has_its_heading():
    words = {word for heading in headings("FEDERATION.md") for word in re.findall(r"[A-Za-z]+", heading)}
    assert not set(HANDLERS) - words


def examples() -> dict[str, dict[str, Any]]:
    """The first whole JSON example of FEDERATION.md for each type."""
    found: dict[str, dict[str, Any]] = {}
    for block in re.findall(r"```json\n(.*?)```", (ROOT / "FEDERATION.md").read_text(), re.DOTALL):
        document = json.loads(block)
        found.setdefault(document["type"], document)
    return found


async def test_a_person_and_a_post_go_out_as_the_examples_say(node):
    said = await node.api("POST", "/api/v1/statuses", node.token(), data={"status": "سلام", "language": "ar"})
    person = await (await node.get("/users/amal")).json(content_type=None)
    note = await (await node.get(f"/posts/{said['id']}")).json(content_type=None)

    for sent in (person, note):
        example = examples()[sent["type"]]
        told = sent.keys() - {"@context", "proof"}
        assert told - example.keys() == set(), "is sent, and not in the example"
        # what depends on what she wrote of herself
        assert example.keys() - told <= {"nameMap", "summaryMap"}, "is in the example, and not sent"


@pytest.fixture(scope="module")
def routes(world_folder) -> set[tuple[str, str]]:
    """(method, path) of everything that the node answers."""
    app = build(world_folder)
    found = set()
    for route in app.router.routes():
        info = route.resource.get_info() if route.resource is not None else {}
        path = info.get("formatter") or info.get("path") or str(info.get("prefix"))
        if route.method not in ("HEAD", "OPTIONS"):
            found.add((route.method, path))
    return found


def test_every_door_is_described(routes):
    text = (ROOT / "docs/http.md").read_text()
    paths = {path for _, path in routes if not path.startswith(("/api/", "/oauth/"))}
    missing = {path for path in paths if f"`{path}`" not in text and f"`{of_any_folder(path)}`" not in text}
    assert not missing


def of_any_folder(path: str) -> str:
    return re.sub(r"^/(users|orgs|groups|projects)/\{name\}", "/{folder}/{name}", path)


# What members type into a reply, read in another server's app, or in an example: no words of our pages.
NO_LABELS = {"+1", "je viens", "je ne viens pas", "حاضر", "معتذر", "مواعيد", "جهتي", "Agenda", "Ma région", "أمل، عن جمعية…",
             "Amal, pour l'association…", "دعوة جمعية"}  # fmt: skip


def test_members_read_the_words_that_stand_on_their_pages():
    parts = re.split(r"^## ", unicodedata.normalize("NFC", (ROOT / "docs/members.md").read_text()), flags=re.MULTILINE)[
        1:
    ]
    assert len(parts) == 3
    for part, language in zip(parts, ("ar", "fr", "en"), strict=True):
        known = words_on_screen(language)
        quoted = {" ".join(one.split()) for one in re.findall(r"«([^»]+)»", part)}
        assert quoted - known - NO_LABELS == set(), language


def words_on_screen(language: str) -> set[str]:
    """Every message as this language says it, typed as the documentation is: plain spaces and apostrophes."""
    if language == "en":
        return {one if isinstance(one, str) else one[0] for one in messages.extracted()}
    found = messages.translated(language).values()
    said = [one for words in found for one in ([words] if isinstance(words, str) else words)]
    plain = "\n".join(said).replace("\xa0", " ").replace("\u202f", " ").replace("’", "'")
    return set(unicodedata.normalize("NFC", plain).split("\n"))


def test_the_summary_names_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert "make run" in readme and "make test" in readme
