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


def test_words_of_very_many_texts_are_not_weighed(said, monkeypatch):
    """To weigh one of two texts, all that hold a word of it would be counted, however many."""
    monkeypatch.setattr(search, "MANY", 4)
    for number in range(4, 9):
        search.add(said, number, "note", "fr", "eau eau eau saine" if number == 5 else "eau saine et rare")
    assert [row["id"] for row in search.ids(said, "rare eau", ())] == [8, 7, 6, 4]
    assert search.weighed(said, "rar eau") == ('"rar" "eau"', False)
    assert search.weighed(said, "potable ea") == ('"potable" "ea"*', False)
    assert search.weighed(said, "eau potab") == ('"eau" "potab"*', False)
    assert search.weighed(said, "potab") == ('"potab"*', True)
    assert search.weighed(said, "") == ("", True) and search.words("جمعية ال") == '"جمعيه" "ال"'
