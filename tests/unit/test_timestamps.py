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
        "epoch_ms": (
            *(1795521540500, 1795521540500.0, "1795521540500"),
            *("/Date(1795521540500)/", "/Date(1795521540500+0200)/"),
        ),
        "epoch_us": (1795521540500000, "1795521540500000"),
        "epoch_ns": (1795521540500000999, "1795521540500000999"),
        "filetime": (134399951405000000, "134399951405000009"),
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


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24T11:59:00,5Z", "2026-11-24T11:59:00.5Z"),
        ("2026-11-24T13:59:00+02:00[Europe/Helsinki]", "2026-11-24T11:59:00Z"),
        ("2026-11-24t11:59:00z[UTC]", "2026-11-24T11:59:00Z"),
        ("2026-11-24 11:59:00 UTC", "2026-11-24T11:59:00Z"),
        ("2026-11-24T11:59:00GMT", "2026-11-24T11:59:00Z"),
        (" 2026-11-24T11:59:00Z ", "2026-11-24T11:59:00Z"),
        ("2026-11-24T09:59:00\u221202:00", "2026-11-24T11:59:00Z"),
        ("2026-11-24T11:59:00[Europe/Helsinki]", None),
        ("2026-11-24T11:59:00 EET", None),
        ("2026-331T11:59:00Z", None),
        ("2026-11-24T11:59:61Z", None),
    ],
)
def test_a_stamp_that_says_its_zone_twice_or_in_words_is_that_moment(
    text: str, at: str | None
) -> None:
    if at is not None:
        assert stamp_reader("rfc3339", "Asia/Kolkata")(text, NOW, None) == Stamp(us(at))
        return
    with pytest.raises(Unreadable, match="BAD_STAMP"):
        stamp_reader("rfc3339", "Asia/Kolkata")(text, NOW, None)


@pytest.mark.parametrize(
    ("days", "at"),
    [
        (46350.5, "2026-11-24T12:00:00+02:00"),
        ("46350.5", "2026-11-24T12:00:00+02:00"),
        (46350, "2026-11-24T00:00:00+02:00"),
        (46350.58263888889, "2026-11-24T13:59:00+02:00"),
        (46204.25, "2026-07-01T06:00:00+03:00"),
    ],
)
def test_a_date_as_excel_counts_it_is_the_local_moment(days: float | str, at: str) -> None:
    assert stamp_reader("excel", "Europe/Helsinki")(days, NOW, None) == Stamp(us(at))


@pytest.mark.parametrize("days", ["", "24.11.2026", True, [], -1, 0, 1e9, float("nan"), "1e4"])
def test_what_is_no_date_of_excel_is_a_bad_stamp(days: object) -> None:
    with pytest.raises(Unreadable, match="BAD_STAMP"):
        stamp_reader("excel", "Europe/Helsinki")(days, NOW, None)


@pytest.mark.parametrize(
    ("time_format", "text", "at"),
    [
        ("%d.%m.%Y %H:%M:%S", "23.11.2026 24:00:00", "2026-11-24T00:00:00+02:00"),
        ("%d.%m.%Y %H:%M", "24.11.2026 24:00", "2026-11-25T00:00:00+02:00"),
        ("%Y%m%d%H%M", "202411242400", "2024-11-25T00:00:00+02:00"),
        ("%d.%m.%Y %H:%M", "24.11.2026 24:30", None),
        ("%d.%m.%Y %H:%M", "24.24.2026 00:00", None),
        ("%d.%m.%Y %I:%M %p", "24.11.2026 24:00 AM", None),
        ("%d.%m.%Y %H:%M", "31.12.9999 24:00", None),
        ("DTL#%Y-%m-%d-%H:%M:%S.%f", "DTL#2026-11-24-13:59:00.500000999", "2026-11-24T11:59:00.5Z"),
        ("%Y-%m-%dT%H:%M:%S,%fZ", "2026-11-24T11:59:00,5000009Z", "2026-11-24T11:59:00.5Z"),
        ("%Y-%m-%d %H:%M:%S", "2026-11-24 13:59:00.5000009", None),
    ],
)
def test_the_end_of_a_day_and_digits_below_the_microsecond_in_any_format(
    time_format: str, text: str, at: str | None
) -> None:
    read = stamp_reader(time_format, "Europe/Helsinki")
    if at is not None:
        assert read(text, us("2026-12-01T00:00:00Z"), None) == Stamp(us(at))
        return
    with pytest.raises(Unreadable, match="BAD_STAMP"):
        read(text, NOW, None)


def test_a_number_where_a_text_is_due_is_told_with_the_format_that_reads_it() -> None:
    for number, name in ((1795521540, "epoch_s"), (134399951405000000, "filetime")):
        with pytest.raises(Unreadable, match=f'format = "{name}"'):
            stamp_reader("rfc3339", None)(number, NOW, None)
