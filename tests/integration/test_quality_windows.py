"""What people are doing at an instrument marks its readings, whenever these come."""

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
import pytest

from ingest.decoding.message import Message
from ingest.decoding.timestamps import microseconds
from schemas.quality import Check, Qc
from tests.fixtures.ingest_process import IngestProcess, rows, wait_until
from tests.fixtures.points import add_points
from tests.fixtures.quality_windows import Staff, carry_out
from tests.fixtures.writing import write_batches
from tests.integration.test_rollups import NEWEST, assert_rollups_equal_the_raw

NOW = datetime.now(UTC).replace(microsecond=0)
T = NOW - timedelta(hours=3)
MINUTE = timedelta(minutes=1)
STORED = "SELECT ts, qc, checks, value FROM reading WHERE point_id = %s ORDER BY ts"
_numbers = count()


class Works:
    """A site of a test's own with two points and somebody of its staff."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = f"works{next(_numbers)}"
        self.points = add_points(
            url, {"nh4": (0, 50, None, None), "po4": (0, 5, None, None)}, site=self.key
        )
        self.staff = Staff(url, self.key)

    def message(self, at: datetime, value: float = 1.0, key: str = "nh4") -> Message:
        """Return a reading that was taken at a moment."""
        payload = f'{{"v": {value}, "t": {round(at.timestamp() * 1000)}}}'
        return Message(f"{self.key}/main/{key}", payload.encode(), microseconds(at))

    def read(self, *moments: datetime, key: str = "nh4") -> None:
        """Write readings as ingest does."""
        write_batches(self.url, [[self.message(at, key=key) for at in moments]])

    def stored(self, key: str = "nh4") -> dict[datetime, Check]:
        """Return what is said of each stored reading."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(STORED, (self.points[key],)).fetchall()
        assert all(value == 1.0 for *_, value in found)
        return {at: Check(checks) for at, _, checks, _ in found}


@pytest.fixture
def works(migrated_module_url: str) -> Iterator[Works]:
    yield Works(migrated_module_url)
    with psycopg.connect(migrated_module_url) as connection:
        assert_rollups_equal_the_raw(connection)
    latest = "SELECT point_id, ts, value, qc, checks FROM latest ORDER BY 1"
    newest = f"SELECT point_id, ts, value, qc, checks FROM ({NEWEST}) n ORDER BY 1"
    assert rows(migrated_module_url, latest) == rows(migrated_module_url, newest)


def _minutes(*numbers: int) -> list[datetime]:
    return [T + number * MINUTE for number in numbers]


def test_a_reading_that_comes_while_its_probe_is_calibrated_is_bad_at_once(works: Works) -> None:
    point = works.points["nh4"]
    works.read(*_minutes(0))
    works.staff.enter("calibration", T + MINUTE, point=point)
    works.read(*_minutes(1, 2))
    works.read(*_minutes(3), key="po4")
    found = works.stored()
    assert list(found.values()) == [0, Check.CALIBRATION, Check.CALIBRATION]
    assert works.stored("po4") == {T + 3 * MINUTE: Check(0)}
    with psycopg.connect(works.url) as connection:
        row = connection.execute("SELECT qc FROM latest WHERE point_id = %s", (point,)).fetchone()
    assert row == (Qc.FAIL,)


def test_the_end_of_a_window_frees_what_comes_after_it(works: Works) -> None:
    window = works.staff.enter("service", T, point=works.points["nh4"])
    works.read(*_minutes(0, 1, 2, 3))
    works.staff.change(window, T, T + 2 * MINUTE)
    works.read(*_minutes(4))
    carry_out(works.url)
    assert list(works.stored().values()) == [Check.SERVICE, Check.SERVICE, 0, 0, 0]


def test_a_window_entered_afterwards_marks_what_is_stored_until_it_is_taken_back(
    works: Works,
) -> None:
    moments = _minutes(*range(0, 120))
    works.read(*moments)
    before = works.stored()
    window = works.staff.enter(
        "bad", T + 30 * MINUTE, T + 90 * MINUTE, point=works.points["nh4"], reason="hose off"
    )
    carry_out(works.url)
    marked = [at for at, checks in works.stored().items() if checks == Check.JUDGED_BAD]
    assert marked == moments[30:90]
    works.staff.change(window, T + 80 * MINUTE, T + 100 * MINUTE)
    carry_out(works.url)
    marked = [at for at, checks in works.stored().items() if checks == Check.JUDGED_BAD]
    assert marked == moments[80:100]
    works.staff.change(
        window, T + 80 * MINUTE, T + 100 * MINUTE, withdrawn=True, reason="it was on"
    )
    carry_out(works.url)
    assert works.stored() == before
    history = rows(
        works.url,
        f"SELECT reason, is_withdrawn FROM quality_window_version WHERE window_id = '{window}' "
        "ORDER BY version",
    )
    assert history == [("hose off", False), ("because", False), ("it was on", True)]


def test_no_reading_slips_between_a_window_and_the_readings_that_stream_in(
    works: Works, chance: random.Random
) -> None:
    point, stop = works.points["nh4"], threading.Event()

    def stream() -> None:
        number = 0
        while not stop.is_set():
            works.read(*(T + timedelta(seconds=number + n) for n in range(5)))
            number += 5

    writing = threading.Thread(target=stream)
    writing.start()
    spans = []
    try:
        for _ in range(12):
            starts = T + timedelta(seconds=chance.randrange(600))
            ends = starts + timedelta(seconds=chance.randrange(1, 60))
            works.staff.enter("cleaning", starts, ends, point=point)
            spans.append((starts, ends))
            carry_out(works.url)
    finally:
        stop.set()
        writing.join()
    carry_out(works.url)
    for at, checks in works.stored().items():
        inside = any(starts <= at < ends for starts, ends in spans)
        assert checks == (Check.CLEANING if inside else 0), at


def test_a_window_of_an_instrument_is_of_the_points_that_it_served_then(works: Works) -> None:
    with psycopg.connect(works.url) as connection:
        connection.execute(
            "INSERT INTO instrument (site_id, key, provenance, description)"
            " SELECT site_id, 'probe', 'measured', '' FROM site WHERE key = %s",
            (works.key,),
        )
        for key, since in (("nh4", "-infinity"), ("po4", T + 10 * MINUTE)):
            connection.execute(
                "INSERT INTO assignment SELECT %s, %s, instrument_id FROM instrument i"
                " JOIN site s USING (site_id) WHERE s.key = %s",
                (works.points[key], since, works.key),
            )
    for key in ("nh4", "po4"):
        works.read(*_minutes(5, 15), key=key)
    works.staff.enter("cleaning", T, T + 20 * MINUTE, instrument="probe")
    carry_out(works.url)
    assert list(works.stored("nh4").values()) == [Check.CLEANING] * 2
    assert list(works.stored("po4").values()) == [0, Check.CLEANING]


def _refused(works: Works, error: type[psycopg.Error], *what: object, **how: object) -> None:
    with pytest.raises(error):
        works.staff.enter(*what, **how)  # type: ignore[arg-type]


def test_what_is_no_window_is_refused(works: Works) -> None:
    point, errors = works.points["nh4"], psycopg.errors
    _refused(works, errors.DataException, "service", T, T, point=point)
    _refused(works, errors.DataException, "service", T, point=point, reason="  ")
    _refused(works, errors.DataException, "service", NOW + timedelta(days=400), point=point)
    _refused(works, errors.ForeignKeyViolation, "service", T, point=10**8)
    _refused(works, errors.ForeignKeyViolation, "service", T, instrument="nothing")
    _refused(works, errors.ForeignKeyViolation, "service", T)
    other = Works(works.url)
    _refused(works, errors.ForeignKeyViolation, "service", T, point=other.points["nh4"])


def test_an_operator_enters_work_and_leaves_verdicts_to_engineers(works: Works) -> None:
    operator = Staff(works.url, works.key, "operator")
    point = works.points["nh4"]
    assert operator.enter("calibration", T, point=point)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        operator.enter("bad", T, point=point)
    verdict = works.staff.enter("bad", T, point=point)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        operator.change(verdict, T, None, withdrawn=True)


def test_of_two_who_change_a_window_at_once_the_second_sees_it_first(works: Works) -> None:
    window = works.staff.enter("service", T, point=works.points["nh4"])
    seen = rows(works.url, "SELECT max(version) FROM quality_window_version")[0][0]
    works.staff.change(window, T, T + MINUTE, seen=seen)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        works.staff.change(window, T, T + 2 * MINUTE, seen=seen)
    works.staff.change(window, T, T + MINUTE, withdrawn=True)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        works.staff.change(window, T, T + 2 * MINUTE)
    carry_out(works.url)


def test_a_running_ingest_marks_what_was_stored_when_somebody_enters_a_window(
    works: Works, broker, tmp_path
) -> None:
    works.read(*_minutes(*range(10)))
    with IngestProcess(tmp_path, works.url, broker.url):
        window = works.staff.enter("cleaning", T, T + 5 * MINUTE, point=works.points["nh4"])
        wait_until(
            lambda: list(works.stored().values()) == [Check.CLEANING] * 5 + [0] * 5,
            "the readings were not marked",
        )
        works.staff.change(window, T, T + 5 * MINUTE, withdrawn=True)
        wait_until(lambda: not any(works.stored().values()), "the marks did not go")
