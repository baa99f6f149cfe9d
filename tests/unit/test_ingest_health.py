"""What is wrong between the broker and the database, and what comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dashboard.analysis.ingest_health import IngestProblem, ToldState, ingest_findings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR_AGO = NOW - timedelta(hours=1)
WELL = ToldState("virtaama", HOUR_AGO, None, None, 0, 0, 0, 1000, None, 0, 0, NOW)


def test_of_a_process_that_is_well_there_is_nothing_to_do() -> None:
    assert ingest_findings([WELL, replace(WELL, broker_lost_at=HOUR_AGO, outages=3)], NOW) == []
    assert replace(WELL, spool_messages=None, spool_bytes=None).problems(NOW) == []


def test_of_a_process_that_tells_nothing_any_more_nothing_else_is_said() -> None:
    silent = replace(WELL, told_at=NOW - timedelta(seconds=61), broker_since=None)
    assert silent.problems(NOW) == [IngestProblem.INGEST_SILENT]
    assert silent.since(IngestProblem.INGEST_SILENT) == silent.told_at


def test_what_everything_depends_on_comes_first() -> None:
    waits = replace(WELL, spool_messages=7, spool_bytes=400, spool_since=HOUR_AGO)
    full = replace(waits, client_id="b", spool_bytes=501, refused=2, damaged=1)
    away = replace(WELL, client_id="c", broker_since=None, broker_lost_at=HOUR_AGO)
    found = ingest_findings([waits, full, away], NOW)
    assert [(one.state.client_id, one.problem) for one in found] == [
        ("c", IngestProblem.BROKER_AWAY),
        ("b", IngestProblem.SPOOL_FULL),
        ("b", IngestProblem.SPOOL_DAMAGED),
        ("b", IngestProblem.SPOOL_REFUSES),
        ("virtaama", IngestProblem.SPOOL_WAITS),
    ]
    since = [one.state.since(one.problem) for one in found]
    assert since == [HOUR_AGO, HOUR_AGO, None, None, HOUR_AGO]
