"""Codes of a phone: the numbers of RFC 6238 and 4226, the drift that is forgiven, the address that apps read."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from keys import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
AT = 1_700_000_010_000  # ms, the beginning of a half minute


@pytest.mark.parametrize(
    ("seconds", "eight"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(seconds, eight):
    assert totp.code(SECRET, seconds * 1000 // totp.STEP) == eight[-6:]


def test_the_codes_are_those_of_rfc_4226():
    counted = [totp.code(SECRET, step) for step in range(10)]
    assert counted == [
        "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"
    ]  # fmt: skip


def test_a_code_of_the_step_before_or_after_is_forgiven_and_none_farther_off():
    this = AT // totp.STEP
    found = [totp.step_of(SECRET, totp.code(SECRET, this + off), AT) for off in (-2, -1, 0, 1, 2)]
    assert found == [None, this - 1, this, this + 1, None]


@pytest.mark.parametrize("typed", ["", "000000", "12345", "1234567", "abcdef"])
def test_anything_else_is_no_code(typed):
    assert totp.step_of(SECRET, typed, AT) is None


def test_each_secret_is_another_and_has_160_bits():
    one, other = totp.new(), totp.new()
    assert one != other
    assert len(base64.b32decode(one)) == 20 and "=" not in one


def test_apps_read_name_node_and_secret_in_the_address():
    parts = urlsplit(totp.address(SECRET, "node.example", "amal"))
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/node.example:amal")
    assert parse_qs(parts.query) == {"secret": [SECRET], "issuer": ["node.example"]}
