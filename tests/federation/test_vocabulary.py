"""How addresses and documents of peers are read: the quick look says what the careful one says."""

import itertools
from urllib.parse import urlsplit

import pytest

from federation import vocabulary as v
from node.errors import Invalid

SCHEMES = ("https://", "http://", "HTTPS://", "https:/", "ftp://", "")
HOSTS = (
    "a.example", "A.example", "_a.b-c.example", "-a.example", "a..example", ".a.example", "a.example.", "a.ex-", "a.0x7f",
    "127.0.0.1", "1.2.3.4x", "localhost", "[::1]", "[::1", "a.example:8080", "a.example:", "u@a.example", "a.exa%6dple",
    "é.example", "a.example\t", "x" * 63 + ".example", "x." * 130 + "example", "a_b.e_x", "",
)  # fmt: skip
PATHS = (
    "", "/", "//", "/users/a", "/@a/1", "/a/../b", "/..", "/../", "/a/./b", "/.", "/.well-known/x", "/a.b", "/a/b..", "/..a",
    "/a?b=c", "/a#b", "/#", "/a b", "/a%2e%2e/b", "/a\\b", "/a;b", "/a\nb", "/é", "/a|b", "/a:1,2+3~=@-_", "/a\x7f",
)  # fmt: skip
ADDRESSES = ["".join(parts) for parts in itertools.product(SCHEMES, HOSTS, PATHS)]


def _careful(uri: str) -> str:
    try:
        return urlsplit(uri).netloc.lower()
    except ValueError:
        return ""


def test_the_host_seen_at_one_look_is_the_host():
    assert [uri for uri in ADDRESSES if v.host(uri) != _careful(uri)] == []
    assert v._PLAIN_HOST.match("https://a.example/x")


@pytest.mark.parametrize("development", [False, True])
def test_an_address_taken_at_one_look_is_one_that_is_fit(development):
    plain = [uri for uri in ADDRESSES if v._PLAIN_URI.match(uri)]

    assert [uri for uri in plain if not v._is_fit(uri, development, False)] == []
    assert "https://a.example/@a/1" in plain
    assert "https://_a.b-c.example/a.b" in plain


@pytest.mark.parametrize(
    "body",
    [b'{"a":1,"a":1}', b'{"x":{"@graph":[]}}', b'{"a":NaN}', b'{"a":1e999}', b'{"a":99999999999999999999999}',
     b'{"a":"\\ud800"}', b"[]", b"{", b"\xff", b"\xef\xbb\xbf{}", b"[" * 40 + b"]" * 40],
    ids=["a key twice", "hidden document", "NaN", "infinite", "a long number", "half a letter", "a list", "cut", "no UTF-8",
         "byte order mark", "deep"],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_not_read(body):
    with pytest.raises(Invalid):
        v.read_json(body)


def test_a_document_has_no_more_values_than_we_care_to_read():
    """One byte sent cost half a microsecond of ours, before anybody had proven anything."""
    many = b'{"a":[' + b"1," * (v.MOST_VALUES + 1) + b"1]}"
    with pytest.raises(Invalid):
        v.read_json(many)
    assert v.read_json(b'{"a":"' + b"well, well, " * v.MOST_VALUES + b'"}')["a"].startswith("well")


def test_what_one_document_said_is_not_in_the_next():
    assert v.read_json(b'{"a":{"b":1}}') == {"a": {"b": 1}}
    assert v.read_json(b'{"c":[]}') == {"c": []}


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (None, []), ("", []), ({}, []), (0, []), (["", {}], []), ("x", ["x"]), ({"id": "x"}, ["x"]), ({"id": 1}, []),
        (["x", {"id": "y"}, "x", 1, None, {"id": "y"}], ["x", "y"]), ([["z"], "x"], ["z", "x"]),
    ],
)  # fmt: skip
def test_ids_are_read_from_whatever_holds_them(value, ids):
    assert v.all_ids(value) == ids


@pytest.mark.parametrize(
    ("value", "first"),
    [(None, ""), ("x", "x"), ({"id": "x"}, "x"), (["", "x"], ""), ([{"id": 1}, {"id": "y"}], "y"), ([["z"], "x"], "x")],
)
def test_one_id_is_the_first(value, first):
    assert v.one_id(value) == first


@pytest.mark.parametrize(
    ("named", "type_"),
    [("Note", "Note"), ("as:Note", "Note"), (v.AS2 + "#Note", "Note"), (["x:Odd", "Note"], "Note"), (["Odd"], "Odd"),
     ("Odd", "Odd"), ([], ""), (None, ""), (7, ""), ([7, "Note"], "Note")],
)  # fmt: skip
def test_of_several_types_the_one_that_is_known_counts(named, type_):
    assert v.type_of({"type": named}, {"Note": 1}) == type_
