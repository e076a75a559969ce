"""Moments as peers and apps read them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node import ids


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_moment_of_any_year_is_written_with_four_digits_and_read_as_it_was(at):
    exact = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    written = ids.precise(at)
    assert written == f"{exact.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    assert ids.rfc3339(at // 1000 * 1000) == f"{exact.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


@pytest.mark.parametrize("at", [10**18, -(10**18)])
def test_a_moment_beyond_all_years_is_no_error(at):
    assert ids.rfc3339(at) == "1970-01-01T00:00:00Z"
