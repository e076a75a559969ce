"""Markdown of peers, as far as it is read."""

import time

import pytest

from node import html
from node.posts import markdown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Un\ndeux\r\n\r\ntrois", "<p>Un<br>deux</p><p>trois</p>"),
        ("**gras** et *penché*", "<p><strong>gras</strong> et <em>penché</em></p>"),
        ("2*3*4, a * b * c", "<p>2*3*4, a * b * c</p>"),
        ("Voir https://a.example/x_y?b=1&c, puis", '<p>Voir <a href="https://a.example/x_y?b=1&amp;c">'
         "https://a.example/x_y?b=1&amp;c</a>, puis</p>"),
        ("[la page](https://a.example/)", '<p><a href="https://a.example/">la page</a></p>'),
        ("[x](javascript:alert(1)) <b>", "<p>[x](javascript:alert(1)) &lt;b&gt;</p>"),
        ("", "<p></p>"),
    ],
)  # fmt: skip
def test_what_is_read(text, wanted):
    assert markdown.as_html(text) == wanted


def test_what_it_makes_is_cleaned_like_the_rest():
    made = html.clean(markdown.as_html('[a"b](https://a.example/"onclick=x) **<script>**'))
    assert "<script" not in made and "onclick=x>" not in made and html.plain(made).endswith("<script>")


@pytest.mark.parametrize("text", ["[" * 20_000, "*a" * 10_000, "**a" * 6000, "[a](http://" * 1800, "\n " * 10_000])
def test_no_text_takes_long(text):
    begun = time.perf_counter()
    markdown.as_html(text)
    assert time.perf_counter() - begun < 1


def test_of_a_long_one_the_lines_are_kept():
    assert markdown.as_html("**a**\n" + "b" * 20_000).startswith("<p>**a**<br>bb")
