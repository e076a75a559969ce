"""The index of all words: what is found by the beginning of a word, and what is not."""

import pytest

from node.posts import search


@pytest.fixture
def said(db):
    for number, text in enumerate(("eau potable", "école e-mobile", "ماء للشرب"), 1):
        search.add(db, number, "note", "fr", text)
    return db


@pytest.mark.parametrize(
    ("typed", "found"),
    [("eau", {1}), ("ea", {1}), ("pot", {1}), ("école", {2}), ("مو", set()), ("ما", {3}), ("e", {2})],
)
def test_the_last_word_may_be_unfinished_unless_it_is_one_letter(said, typed, found):
    """All the words that begin with one letter are a tenth of the file: one visitor kept all others waiting."""
    assert {row["id"] for row in search.ids(said, typed, ())} == found
