"""Days and moments as people write them, also in the hour that comes twice, or never."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard import texts
from dashboard.web.display import LOCALES
from dashboard.web.written_time import (
    Unfit,
    WrittenUnfit,
    day_text,
    moment_text,
    read_day,
    read_moment,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
AUTUMN = datetime(2026, 10, 24, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("24.11.2026 7.05", "24.11.2026 07:05", "24.11.2026 klo 7.05", "ti 24.11.2026 7.05"),
        *("24/11/2026, 07:05", "Tue, 24/11/2026 07:05:00", "24.11.2026 kl. 7.05"),
        *("2026-11-24 07:05", "2026-11-24T07:05", "tis, 2026-11-24 7.05", " 24.11.2026  7.05 "),
        *("24.11.2026 7.05 UTC+2", "24.11.2026 7.05 (UTC+2)", "24.11.2026 7.05 talviaika"),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str) -> None:
    assert read_moment(text, HELSINKI) == datetime(2026, 11, 24, 5, 5, tzinfo=UTC)


@pytest.mark.parametrize(("language", "locale"), LOCALES.items())
def test_a_field_asks_for_moments_as_they_are_shown(language: str, locale: str) -> None:
    shown = moment_text(datetime(2026, 11, 24, 10, 5, tzinfo=UTC), ZoneInfo("UTC"), locale)
    pattern = texts.text("form.pattern.moment", language)
    assert re.sub(r"[^\W_]", "x", pattern) == re.sub(r"\d", "x", shown)
    day = re.sub(r"[^\W_]", "x", texts.text("form.pattern.day", language))
    assert day == re.sub(r"\d", "x", day_text(date(2026, 11, 24), locale))


@pytest.mark.parametrize("text", ["24.11.2026", "24/11/2026", "2026-11-24", "ti 24.11.2026"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert read_day(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        *(("3.30 UTC+3", 0), ("3.30 (UTC+3)", 0), ("3.30 kesäaika", 0), ("3.30 sommartid", 0)),
        *(("3.30 summer time", 0), ("3.30 utc+2", 1), ("3.30 talviaika", 1)),
        *(("3.30 normaltid", 1), ("3.30 vintertid", 1), ("3.30 winter time", 1)),
    ],
)
def test_of_the_two_hours_of_autumn_the_one_named_is_meant(text: str, hour: int) -> None:
    found = read_moment(f"25.10.2026 {text}", HELSINKI)
    assert found == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("25.10.2026 3.30", Unfit.TWICE),
        ("29.3.2026 3.30", Unfit.NEVER),
        ("29.3.2026 3.30 UTC+3", Unfit.NEVER),
        *((text, Unfit.NOT_READ) for text in ("", "yesterday", "24.11.2026", "24.11.26 7.05")),
        *((text, Unfit.NOT_READ) for text in ("31.2.2026 7.05", "24.11.2026 25.05", "7.05")),
        *((text, Unfit.NOT_READ) for text in ("24.11.2026 7.05 UTC+3", "24.11.2026 7.05 ilta")),
        *((text, Unfit.NOT_READ) for text in ("٢٤.١١.٢٠٢٦ 7.05", "25.10.2026 3.30 UTC+99")),
    ],
)
def test_what_is_no_moment_says_why(text: str, reason: Unfit) -> None:
    with pytest.raises(WrittenUnfit) as unfit:
        read_moment(text, HELSINKI)
    assert unfit.value.reason is reason


@pytest.mark.parametrize("text", ["", "31.2.2026", "24.11.26", "2026-11-24T07:05", "24-11-2026"])
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(WrittenUnfit):
        read_day(text)


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("locale", LOCALES.values())
def test_what_a_field_is_filled_with_is_read_back_in_every_language(zone: str, locale: str) -> None:
    of_zone = ZoneInfo(zone)
    for hours in (*range(48), *range(48, 366 * 24, 25)):
        moment = AUTUMN + timedelta(hours=hours)
        assert read_moment(moment_text(moment, of_zone, locale), of_zone) == moment
    assert read_day(day_text(date(2026, 2, 3), locale)) == date(2026, 2, 3)
