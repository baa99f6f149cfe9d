"""Local stamps of mappings, on plain days and on the two nights of the year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rejection import Reason, Unreadable
from ingest.stamps import contract_stamp_us, microseconds, stamp_reader
from schemas.quality import Check
from tests.fixtures.plants import us

HELSINKI = stamp_reader("%Y-%m-%d %H:%M:%S", "Europe/Helsinki")
NOW = us("2026-11-24T12:00:00Z")


def test_a_plain_local_stamp() -> None:
    assert HELSINKI("2026-07-01 12:00:00", NOW) == (us("2026-07-01T09:00:00Z"), 0)
    assert HELSINKI("2026-12-01 12:00:00", NOW) == (us("2026-12-01T10:00:00Z"), 0)


@pytest.mark.parametrize(
    ("received", "meant"),
    [
        ("2026-10-25T00:30:05Z", "2026-10-25T00:30:00Z"),  # 03:30 summer time
        ("2026-10-25T01:30:05Z", "2026-10-25T01:30:00Z"),  # 03:30 winter time
    ],
)
def test_in_autumn_the_hour_nearer_to_reception_is_meant(received: str, meant: str) -> None:
    ts_us, checks = HELSINKI("2026-10-25 03:30:00", us(received))
    assert ts_us == us(meant)
    assert checks == Check.AMBIGUOUS_LOCAL_TIME


def test_in_spring_the_skipped_hour_is_rejected() -> None:
    with pytest.raises(Unreadable) as caught:
        HELSINKI("2026-03-29 03:30:00", us("2026-03-29T01:30:00Z"))
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
    delay_s=st.integers(0, 600),
)
def test_a_local_stamp_received_soon_is_the_moment_it_was_made(at, zone, delay_s) -> None:
    moment = at.replace(microsecond=0, tzinfo=UTC)
    text = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    received_us = microseconds(moment + timedelta(seconds=delay_s))
    ts_us, checks = stamp_reader("%Y-%m-%d %H:%M:%S", zone)(text, received_us)
    assert ts_us == microseconds(moment)
    assert checks in (0, Check.AMBIGUOUS_LOCAL_TIME)


def test_epoch_formats() -> None:
    meant = (us("2026-11-24T11:59:00.5Z"), 0)
    assert stamp_reader("epoch_ms", None)(1795521540500, NOW) == meant
    assert stamp_reader("epoch_s", None)(1795521540.5, NOW) == meant
    for bad in ("1795521540", True, [], float("inf")):
        with pytest.raises(Unreadable, match="BAD_STAMP"):
            stamp_reader("epoch_s", None)(bad, NOW)


def test_rfc3339_of_a_mapping_may_lack_the_zone_if_the_mapping_has_it() -> None:
    assert stamp_reader("rfc3339", "Asia/Kolkata")("2026-11-24T17:29:00", NOW) == (
        us("2026-11-24T11:59:00Z"),
        0,
    )
    with pytest.raises(Unreadable) as caught:
        stamp_reader("rfc3339", None)("2026-11-24T17:29:00", NOW)
    assert caught.value.reason is Reason.STAMP_WITHOUT_ZONE


def test_a_stamp_that_leaves_the_calendar_is_a_bad_one() -> None:
    with pytest.raises(Unreadable) as caught:
        HELSINKI("0001-01-01 00:00:00", NOW)  # in UTC it would be the year before
    assert caught.value.reason is Reason.BAD_STAMP


def test_an_unknown_zone_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        stamp_reader("rfc3339", "Mars/Olympus")


def test_whole_milliseconds_of_any_size() -> None:
    assert contract_stamp_us(1795521540500) == us("2026-11-24T11:59:00.5Z")
    assert contract_stamp_us(-1) == -1000
