"""What can be said of the look without a browser: contrast, directions, words in every language."""

import re
from functools import cache

import pytest

from node import text
from tests import messages
from web import assets, dates, rendering, words

STYLE = (assets.STATIC / "tashbik.css").read_text()
# Gradients, transforms and the tokens of Chromium's own parts know no logical word.
PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|min-width|max-width|"
    r"min-height|max-height|float|clear)\s*:|text-align\s*:\s*(?:left|right)"
)
ALLOWED = {".map rect"}  # attributes of SVG shapes, in the drawing's own coordinates


def rules(style: str) -> list[tuple[str, str]]:
    bare = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    return [(found.group(1).strip(), found.group(2)) for found in re.finditer(r"([^{}]+)\{([^{}]*)\}", bare)]


def test_only_logical_directions():
    wrong = [
        (selector, found.group().strip())
        for selector, body in rules(STYLE)
        if selector not in ALLOWED
        for found in PHYSICAL.finditer(body)
    ]
    assert not wrong


def test_no_grid_is_widened_by_a_long_word():
    """A column that is not told its least width is as wide as its longest word; those named here hold but few of ours."""
    ours = {".tool", ".tool.far", ".leaf", ".ini", ".bottom a", ".menu nav ul", ".by > div"}
    grids, told = set(), set()
    for selector, body in rules(STYLE):
        names = {one.strip() for one in re.split(r",(?![^(]*\))", selector)}
        grids |= names if re.search(r"display:\s*(?:inline-)?grid", body) else set()
        told |= names if "minmax(0, 1fr)" in body or "repeat(" in body else set()
    assert len(grids) > 20 and grids - told <= ours, grids - told - ours


def test_no_font_no_picture_no_request():
    assert "url(" not in STYLE and "@import" not in STYLE and "@font-face" not in STYLE


def test_arabic_is_never_spaced_slanted_or_raised():
    [(_, body)] = [one for one in rules(STYLE) if one[0] == ":lang(ar)"]
    assert "letter-spacing: 0" in body and "font-style: normal" in body and "text-transform: none" in body
    spaced = [selector for selector, body in rules(STYLE) if "letter-spacing" in body and ":lang(" not in selector]
    assert not spaced


# ── contrast ──────────────────────────────────────────────────────────────────


@cache
def colours(theme: str) -> dict[str, str]:
    """The tokens of a theme; the dark ones lie over the light ones."""
    found: dict[str, str] = {}
    for selector, body in rules(STYLE):
        light = selector == ":root"
        dark = theme == "dark" and selector == ":root[data-theme=dark]"
        if light or dark:
            found |= dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})\b", body))
    return found


def luminance(colour: str) -> float:
    plain = colour.lstrip("#")
    plain = "".join(one * 2 for one in plain) if len(plain) == 3 else plain
    parts = [int(plain[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    first, second = sorted((luminance(one), luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


GROUNDS = ("paper", "sheet", "tint")
INKS = ("ink", "soft", "link", "nila", "bhar", "zitoun", "romman", "zaafran", "henna", "hajar", "ok", "warn", "bad")
PAIRS = [
    *((ink, ground, 4.5) for ink in INKS for ground in GROUNDS),
    ("on-act", "act", 4.5), ("on-sun", "sun", 4.5), ("paper", "link", 4.5), ("paper", "ink", 4.5), ("ink", "q1", 4.5),
    ("ink", "q2", 4.5), ("ink", "q3", 4.5), ("paper", "q4", 4.5), ("paper", "q5", 4.5),
    *((part, ground, 3.0) for part in ("edge", "focus") for ground in GROUNDS),
    ("act", "paper", 3.0), ("act", "sheet", 3.0), ("bhar", "paper", 3.0), ("warn", "paper", 3.0),
]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(theme, ink, ground, least):
    known = colours(theme)
    assert contrast(known[ink], known[ground]) >= least


def test_the_dark_list_is_the_same_twice():
    listed = [dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]+)", body)) for selector, body in rules(STYLE)
              if selector.endswith(":root:not([data-theme=light])") or selector == ":root[data-theme=dark]"]  # fmt: skip
    screen = [one for one in listed if one.get("paper") == "#141722"]
    assert len(screen) == 2 and screen[0] == screen[1]


def test_pictures_keep_their_place_while_they_load():
    """Each says how wide and high it is, and what it shows; those of people wait until they are scrolled to."""
    shown = [(path.name, one) for path in sorted(rendering.TEMPLATES.rglob("*.html"))
             for one in re.findall(r"<img\b(?:[^>{]|\{[{%].*?[}%]\})*>", path.read_text())]  # fmt: skip
    assert len(shown) >= 5
    wrong = [(name, one) for name, one in shown if "alt=" not in one or "width=" not in one or "height=" not in one]
    assert not wrong
    eager = {name for name, one in shown if "loading=" not in one}
    assert eager <= {"compose.html", "event_form.html", "pieces.html"}, "the writer's own, and the wide one on top"


# Pieces that set what they hold side by side: words and a name in them, bare, would stand in columns.
ROWS = re.compile(
    r"<(a|button|summary|span|p)\b[^>]*class=\"[^\"]*\b(?:btn|more|badge|via)\b[^\"]*\"[^>]*>((?:(?!</\1>).)*)</\1>|"
    r"<(summary)>((?:(?!</summary>).)*)</summary>",
    re.DOTALL,
)


def test_a_name_in_a_row_stays_within_its_sentence():
    wrong, seen = [], 0
    for path in sorted(rendering.TEMPLATES.rglob("*.html")):
        for found in ROWS.finditer(path.read_text()):
            inner = re.sub(r"<(span|a)\b.*?</\1>", "", found.group(2) or found.group(4) or "", flags=re.DOTALL)
            seen += 1
            if re.search(r"_\([^}]*(?:apart|ltr|ago)\(", inner):
                wrong.append((path.name, found.group()[:200]))
    assert seen > 100 and not wrong


# ── words ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_sentence_on_screen_has_words(language):
    lacking = messages.missing(language)
    assert not lacking, "\n".join(f"{where} {message!r}" for message, where in list(lacking.items())[:40])


@pytest.mark.parametrize("language", ["ar", "fr", "zgh"])
def test_translations_keep_the_names_in_braces(language):
    wrong = []
    for message, said in messages.translated(language).items():
        singular, asked = (message, message) if isinstance(message, str) else (message[0], message[1])
        names = set(re.findall(r"\{(\w+)\}", singular + asked))
        for form in [said] if isinstance(said, str) else said:
            if not set(re.findall(r"\{(\w+)\}", form)) <= names:
                wrong.append((message, form))
            if isinstance(message, str) and set(re.findall(r"\{(\w+)\}", form)) != names:
                wrong.append((message, form))
    assert not wrong


def test_where_tamazight_has_no_words_french_stands():
    assert text.translate("Search", "zgh") == "ⵔⵣⵓ" and text.translate("Being discussed", "zgh") == "On en parle"
    assert text.plural("{n} vote", "{n} votes", 3, "zgh") == "{n} voix"
    assert text.translate("Agenda", "ar-TN") == "الروزنامة" and text.translate("Search", "ar-TN") == "بحث"


def test_arabic_has_six_forms_for_what_is_counted():
    counted = {message: said for message, said in messages.translated("ar").items() if not isinstance(message, str)}
    assert counted and all(len(said) == 6 for said in counted.values())


def test_arabic_and_french_punctuation():
    arabic = [
        said for said in messages.translated("ar").values() for said in ([said] if isinstance(said, str) else said)
    ]
    assert not [one for one in arabic if re.search(r"[\u0621-\u064a] ?[?,;]", one)]
    assert not [one for one in arabic if re.search("[\u0660-\u0669]", one)], "Western digits"
    french = [
        said for said in messages.translated("fr").values() for said in ([said] if isinstance(said, str) else said)
    ]
    assert not [one for one in french if re.search(r" [?!;:»]|« ", one)], (
        "no-break spaces before ? ! ; : and inside « »"
    )


# ── dates ─────────────────────────────────────────────────────────────────────

AT = 1_786_314_600_000  # 2026-08-09T22:30:00Z


@pytest.mark.parametrize(
    ("tag", "zone", "shown"),
    [
        ("ar-MA", "Africa/Casablanca", "9 غشت 2026"),
        ("ar", "Africa/Casablanca", "9 غشت 2026"),
        ("ar-TN", "Africa/Tunis", "9 أوت 2026"),
        ("fr", "Africa/Tunis", "9 août 2026"),
        ("en", "Africa/Tunis", "9 August 2026"),
        ("zgh", "Africa/Casablanca", "9 ⵖⵓⵛⵜ 2026"),
    ],
)
def test_days_are_written_as_people_there_write_them(tag, zone, shown):
    assert dates.day(dates.moment(AT, zone).date(), tag) == shown
    assert dates.clock(dates.moment(AT, zone)) == "23:30"


def test_ramadan_changes_the_clock_of_morocco_alone():
    ramadan = 1_772_359_200_000  # 2026-03-01T10:00:00Z
    assert dates.clock(dates.moment(ramadan, "Africa/Casablanca")) == "10:00"
    assert dates.clock(dates.moment(ramadan, "Africa/Tunis")) == "11:00"


def test_the_first_of_a_month_in_french():
    assert dates.day(dates.moment(1_785_585_600_000, "Africa/Tunis").date(), "fr") == "1er août 2026"


@pytest.mark.parametrize(
    ("passed", "tag", "shown"),
    [
        (5, "ar", "الآن"), (120, "ar", "قبل دقيقتين"), (3 * 3600, "ar-MA", "قبل 3 ساعات"), (2 * 86_400, "ar", "قبل يومين"),
        (6 * 86_400, "fr", "il y a 6 jours"), (7 * 86_400, "fr", "2 août"), (400 * 86_400, "fr", "5 juillet 2025"),
        (86_400, "fr", "hier, 23:30"), (-3600, "fr", "10 août"),
    ],
)  # fmt: skip
def test_time_is_relative_for_six_days(passed, tag, shown):
    words.read_by(words.Reader(tag, "Africa/Casablanca", AT, catalogue=text.catalogue(tag)))
    assert f">{shown}</time>" in words.ago(AT - passed * 1000)


def test_numbers_are_western():
    assert dates.number(1234567, "ar-MA") == "1.234.567" and dates.number(1234567, "fr") == "1\u202f234\u202f567"


@pytest.mark.parametrize(
    ("name", "letter"),
    [("جمعية خيوط الغد", "خ"), ("Association Douars sans soif", "D"), ("جمعية التنمية", "ت"), ("جمعية", "ج"), ("", "?"),
     ("ⴰⵣⵓⵍ", "ⴰ"), ("!!", "?"), ("L'Oasis", "O")],
)  # fmt: skip
def test_an_initial_tells_names_apart(name, letter):
    from web.pages.people import initial

    assert initial(name) == letter


def test_a_name_in_a_sentence_turns_nothing_around_it():
    """Latin in Arabic and Arabic in French: without isolation, «as NAME · 22 November» shows the 22 before the name."""
    named = r'_\("[^"]*\{(?:name|who|app)\}[^"]*"[^}]*?\b(?:name|who|app)=(?!apart\(|ltr\()'
    ours = re.compile(named)
    wrong = [
        (path.name, found.group())
        for path in sorted(rendering.TEMPLATES.rglob("*.html"))
        for found in ours.finditer(path.read_text())
    ]
    # In a select's option, in a label that is only heard, and where the caller isolates it.
    allowed = {"compose.html", "event_form.html", "desk.html", "notifications.html"}
    assert not [one for one in wrong if one[0] not in allowed]


def test_a_title_ends_with_the_network_once():
    """The frame adds it: a page's own part ends with the dot before it."""
    titles = {path.name: found.group(1) for path in sorted(rendering.TEMPLATES.glob("*.html"))
              for found in re.finditer(r"{% block title %}(.*?){% endblock %}", path.read_text()) if path.name != "base.html"}  # fmt: skip
    assert len(titles) > 20
    assert [name for name, said in titles.items() if not said.endswith(" · ") or "{{ network }}" in said] == []


def test_what_people_named_in_two_languages_is_read_in_the_nearer_one():
    """Who reads English or Tamazight reads French rather than Arabic letters, where there are both."""
    from node.network import fields, regions

    named = {"ar": "جمعية", "fr": "Association"}
    for tag, read in (("ar-MA", "جمعية"), ("fr", "Association"), ("en", "Association"), ("zgh", "Association")):
        words.read_by(words.Reader(tag, "Africa/Tunis", AT, catalogue=text.catalogue(tag)))
        assert words.pick(named) == read
    assert words.pick({"ar": "جمعية"}) == "جمعية"
    assert fields.label("size_classes", "xs", "zgh") == fields.label("size_classes", "xs", "fr")
    assert regions.label("MA-SIB", "zgh") == regions.label("MA-SIB", "fr") != regions.label("MA-SIB", "ar")
