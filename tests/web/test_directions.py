"""Which way a paragraph runs: its first letter says so that is in no name and no link, the page where it has none."""

import pytest

from web import directions, pictured, words

MENTION = '<span class="h-card" translate="no"><a href="https://a.example/@naima" class="u-url mention">@<span>naima</span></a></span>'
TAG = '<a href="https://a.example/tags/x" class="mention hashtag" rel="tag">#<span>شراكة</span></a>'
LINK = '<a href="https://a.example/long"><span class="invisible">https://</span>a.example/long</a>'
PAGE = "as the page"


@pytest.fixture(params=["ar", "fr"])
def way(request):
    words.read_by(words.Reader(request.param, "Africa/Casablanca", 0))
    return {"ar": "rtl", "fr": "ltr"}[request.param]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (f"{MENTION} شكرا", "rtl"),
        (f"{MENTION} {MENTION}، merci", "ltr"),
        ("@badr@peer.example شكرا", "rtl"),
        (f"{LINK} المقال", "rtl"),
        ("https://a.example/x المقال", "rtl"),
        (f"{MENTION} {TAG}", "rtl"),
        ("214 كلغ", "rtl"),
        ("«Bonjour»", "ltr"),
        ("&quot;سلام&quot;", "rtl"),
        ("<strong>سلام</strong> hello", "rtl"),
        ("🌿🎉", PAGE),
        (MENTION, PAGE),
        (LINK, PAGE),
        ("", PAGE),
        (f'<a href="https://a.example/{"x" * 9000}">سلام</a>', PAGE),
    ],
)
def test_a_paragraph_runs_as_its_words_do(way, inner, expected):
    expected = way if expected == PAGE else expected
    assert pictured.markup(f"<p>{inner}</p>", "{}") == f'<p dir="{expected}">{inner}</p>'


def test_what_begins_with_a_letter_or_says_its_direction_is_left_alone(way):
    for kept in (
        "<p>سلام</p>",
        "<p> Bonjour <br>@x</p>",
        '<p dir="rtl">1</p>',
        "<ul><li>1</li></ul>",
        "1",
        "<p",
        "<pre>1</pre>",
    ):
        assert pictured.markup(kept, "{}") == kept


def test_each_paragraph_is_looked_at_for_itself(way):
    assert directions.paragraphs("<p>سلام</p><p>1) a</p><p>2) ب") == '<p>سلام</p><p dir="ltr">1) a</p><p dir="rtl">2) ب'


def test_one_line_of_a_list_leaves_out_whom_it_addresses():
    assert directions.unaddressed("@naima @badr@peer.example: شكرا @amal") == "شكرا @amal"
    assert directions.unaddressed("@naima") == "@naima"
    assert directions.unaddressed("شكرا @naima") == "شكرا @naima"
    assert directions.unaddressed("a" * 50_000 + "@") == "a" * 50_000 + "@"
