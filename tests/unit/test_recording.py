"""Recordings are read as they are, and what is odd in them is counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from deploy.demo.catalogue import RECORDINGS
from deploy.demo.errors import RecordingUnreadable
from deploy.demo.recording import Recording, parse, read

CHICAGO = replace(RECORDINGS["influent"], name="test", step_s=1800)
HEADING = ["timestamp", "value"]


@pytest.fixture(scope="module")
def recordings() -> dict[str, Recording]:
    return {name: read(spec) for name, spec in RECORDINGS.items()}


def chicago(*lines: str) -> Recording:
    return parse(CHICAGO, [HEADING, *(line.split(",") for line in lines)])


def moments(recording: Recording) -> list[datetime]:
    return [datetime.fromtimestamp(us / 1e6, UTC) for us in recording.at_us.tolist()]


@pytest.mark.parametrize(
    ("name", "rows", "before", "after"),
    [
        # 2025-03-09 in Chicago: 01:55 CST is followed by 03:00 CDT.
        ("influent", 17_520, "2025-03-09T07:55Z", "2025-03-09T08:00Z"),
        ("effluent", 17_520, "2025-03-09T07:55Z", "2025-03-09T08:00Z"),
        # 2019-03-10 in Denver; 42 days of 288 rows less the twelve of the skipped hour.
        ("aeration", 42 * 288 - 12, "2019-03-10T08:55Z", "2019-03-10T09:00Z"),
    ],
)
def test_the_skipped_spring_hour_of_real_rows_is_no_gap_in_utc(
    recordings: dict[str, Recording], name: str, rows: int, before: str, after: str
) -> None:
    recording = recordings[name]
    report = recording.report
    assert (report.rows, len(recording.rows)) == (rows, rows)
    assert (report.clock_forward, report.clock_back) == (1, 0)
    assert (report.rows_in_gap, report.rows_in_overlap) == (0, 0)
    assert (report.gaps, report.duplicates, report.out_of_order) == ([], 0, 0)
    at = moments(recording)
    place = at.index(datetime.fromisoformat(before))
    assert at[place + 1] == datetime.fromisoformat(after)
    assert set(np.diff(recording.at_us).tolist()) == {300_000_000}


def test_defects_of_the_real_recordings_are_reported(recordings: dict[str, Recording]) -> None:
    assert recordings["influent"].report.missing == {"value": 60}
    assert recordings["effluent"].report.missing == {"value": 60}
    osmosis = recordings["ro"].report
    assert (osmosis.rows, osmosis.runs) == (5345, 5)
    assert osmosis.missing == {"ac_current_a": 1762 + 1006 + 1140}
    assert osmosis.negative == {
        "permeate_conductivity_high_us": 25,
        "permeate_conductivity_low_us": 7,
    }
    assert "system_mode" in osmosis.text_columns
    pilot = recordings["electrolysis"].report
    hour = timedelta(hours=1)
    assert sum(gap.length > hour for gap in pilot.gaps) == 16
    assert max(gap.length for gap in pilot.gaps) == timedelta(hours=38)
    assert pilot.missing["Redox_In"] == 2258
    text = str(pilot)
    assert "2017-04-17 13:00 to 2017-04-19 03:00 UTC (1 day, 14:00:00)" in text
    assert "Redox_In 2258" in text


def test_cells_stay_as_they_were(recordings: dict[str, Recording]) -> None:
    first = recordings["ro"].rows[0]
    assert first["permeate_conductivity_high_us"] == -22.462938
    assert first["permeate_tank_level"] == "FULL"
    assert first["ac_current_a"] is None
    assert list(recordings["influent"].rows[0]) == [
        *("sid", "shortdesc", "rjn_siteid", "rjn_entityid", "value"),
    ]
    # Two columns of the basin are copies of each other: the recording's defect, left as it is.
    basin = recordings["aeration"]
    nitrite, nitrate = basin.numbers("AB3.Z3.NO2.mg.N.L"), basin.numbers("AB3.Z9.Nitrate.mg.N.L")
    assert (nitrite == nitrate).all()


def test_the_repeated_autumn_hour_is_told_apart_by_the_order_of_rows() -> None:
    recording = chicago(
        *("2025-11-02T00:30:00,1", "2025-11-02T01:00:00,2", "2025-11-02T01:30:00,3"),
        *("2025-11-02T01:00:00,4", "2025-11-02T01:30:00,5", "2025-11-02T02:00:00,6"),
    )
    at = moments(recording)
    assert at[0] == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert {later - earlier for earlier, later in pairwise(at)} == {timedelta(minutes=30)}
    assert recording.numbers("value").tolist() == [1, 2, 3, 4, 5, 6]
    report = recording.report
    assert (report.rows_in_overlap, report.clock_back, report.out_of_order) == (4, 1, 0)


def test_rows_inside_the_skipped_hour_are_kept_and_counted() -> None:
    recording = chicago(
        *("2025-03-09T01:30:00,1", "2025-03-09T02:00:00,2", "2025-03-09T03:30:00,3"),
    )
    assert moments(recording)[1] == datetime(2025, 3, 9, 8, tzinfo=UTC)
    assert recording.report.rows_in_gap == 1


def test_disorder_duplicates_and_gaps_are_handled_and_counted() -> None:
    recording = chicago(
        *("2025-06-01T02:00:00,4", "2025-06-01T00:00:00,1", "2025-06-01T00:30:00,2"),
        *("2025-06-01T00:30:00,3", "2025-06-01T05:00:00,5"),
    )
    assert recording.numbers("value").tolist() == [1, 2, 4, 5]
    report = recording.report
    assert (report.out_of_order, report.duplicates, len(report.gaps)) == (1, 1, 2)
    assert report.gaps[1].length == timedelta(hours=3)
    assert "out of order 1, duplicates 1, gaps 2" in str(report)


def test_an_unreadable_cell_stays_text_and_is_counted() -> None:
    recording = chicago(
        *("2025-06-01T00:00:00,30.044.50", "2025-06-01T00:30:00,", "2025-06-01T01:00:00,-2.5"),
    )
    assert [row["value"] for row in recording.rows] == ["30.044.50", None, -2.5]
    assert recording.report.unreadable == {"value": 1}
    assert recording.report.missing == {"value": 1}
    assert recording.report.negative == {"value": 1}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([HEADING, ["2025-06-01T00:00:00", "1"], ["yesterday", "1"]], "line 3: 'yesterday'"),
        ([["when", "value"]], "no column timestamp"),
        ([HEADING], "has no rows"),
        ([], "is empty"),
    ],
)
def test_a_file_of_another_shape_is_named(lines: list[list[str]], sentence: str) -> None:
    with pytest.raises(RecordingUnreadable, match=sentence):
        parse(CHICAGO, lines)
