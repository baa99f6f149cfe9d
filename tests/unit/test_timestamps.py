"""Local stamps of mappings, on plain days and on the two nights of the year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decoding.mapped_timestamps import Stamp, stamp_reader
from ingest.decoding.rejection import Reason, Unreadable
from ingest.decoding.timestamps import contract_stamp_us, microseconds
from schemas.quality import Check
from tests.fixtures.plants import us

HELSINKI = stamp_reader("%Y-%m-%d %H:%M:%S", "Europe/Helsinki")
NOW = us("2026-11-24T12:00:00Z")


def test_a_plain_local_stamp() -> None:
    assert HELSINKI("2026-07-01 12:00:00", NOW, None) == Stamp(us("2026-07-01T09:00:00Z"))
    assert HELSINKI("2026-12-01 12:00:00", NOW, None) == Stamp(us("2026-12-01T10:00:00Z"))


@pytest.mark.parametrize(
    ("received", "meant", "checks"),
    [
        ("2026-10-25T00:30:05Z", "2026-10-25T00:30:00Z", 0),  # 03:30 summer time
        ("2026-10-25T01:30:05Z", "2026-10-25T01:30:00Z", Check.AMBIGUOUS_LOCAL_TIME),  # winter time
        ("2026-10-25T05:30:05Z", "2026-10-25T00:30:00Z", Check.AMBIGUOUS_LOCAL_TIME),
    ],
)
def test_a_lone_stamp_in_autumn_is_a_guess_unless_the_second_hour_is_to_come(
    received: str, meant: str, checks: int
) -> None:
    found = HELSINKI("2026-10-25 03:30:00", us(received), None)
    assert (found.ts_us, found.checks) == (us(meant), checks)


def test_in_spring_the_skipped_hour_is_rejected() -> None:
    with pytest.raises(Unreadable) as caught:
        HELSINKI("2026-03-29 03:30:00", us("2026-03-29T01:30:00Z"), None)
    assert caught.value.reason is Reason.STAMP_IN_GAP


@given(
    at=st.datetimes(datetime(2000, 1, 2), datetime(2037, 1, 1)),  # noqa: DTZ001 - read as UTC below
    zone=st.sampled_from(
        [
            "Europe/Helsinki",
            "America/Denver",
            "America/Chicago",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
        ]
    ),
    delay_s=st.integers(0, 300),
)
def test_a_local_stamp_received_soon_is_the_moment_it_was_made(at, zone, delay_s) -> None:
    moment = at.replace(microsecond=0, tzinfo=UTC)
    text = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    received_us = microseconds(moment + timedelta(seconds=delay_s))
    found = stamp_reader("%Y-%m-%d %H:%M:%S", zone)(text, received_us, None)
    assert found.ts_us == microseconds(moment)
    assert found.checks in (0, Check.AMBIGUOUS_LOCAL_TIME)


def test_epoch_formats() -> None:
    meant = Stamp(us("2026-11-24T11:59:00.5Z"))
    numbers = {
        "epoch_s": (1795521540.5, "1795521540.5", " 1795521540.500"),
        "epoch_ms": (1795521540500, 1795521540500.0, "1795521540500"),
        "epoch_us": (1795521540500000, "1795521540500000"),
        "epoch_ns": (1795521540500000999, "1795521540500000999"),
    }
    for name, written in numbers.items():
        for number in written:
            assert stamp_reader(name, None)(number, NOW, None) == meant, (name, number)
    for bad in ("", "soon", "1e9", "1_795_521_540", "0x6b", True, [], float("inf"), float("nan")):
        with pytest.raises(Unreadable, match="BAD_STAMP"):
            stamp_reader("epoch_s", None)(bad, NOW, None)


def test_rfc3339_of_a_mapping_may_lack_the_zone_if_the_mapping_has_it() -> None:
    found = stamp_reader("rfc3339", "Asia/Kolkata")("2026-11-24T17:29:00", NOW, None)
    assert found == Stamp(us("2026-11-24T11:59:00Z"))
    with pytest.raises(Unreadable) as caught:
        stamp_reader("rfc3339", None)("2026-11-24T17:29:00", NOW, None)
    assert caught.value.reason is Reason.STAMP_WITHOUT_ZONE


def test_a_stamp_that_leaves_the_calendar_is_a_bad_one() -> None:
    with pytest.raises(Unreadable) as caught:
        HELSINKI("0001-01-01 00:00:00", NOW, None)  # in UTC it would be the year before
    assert caught.value.reason is Reason.BAD_STAMP


def test_an_unknown_zone_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        stamp_reader("rfc3339", "Mars/Olympus")


def test_whole_milliseconds_of_any_size() -> None:
    assert contract_stamp_us(1795521540500) == us("2026-11-24T11:59:00.5Z")
    assert contract_stamp_us(-1) == -1000
