"""A batch: order, repeats and contradictions inside of it."""

import json

from ingest.batch import prepare
from ingest.decoding.rejection import Reason
from tests.fixtures.plants import message, plant, us

T = "2026-11-24T11:00:0{}Z"


def _single(key: str, second: int, value: float | None, status: int = 0) -> tuple[str, str]:
    payload = json.dumps({"t": T.format(second), "v": value, "s": status})
    return f"mikkeli/main/{key}", payload


def _prepare(*singles: tuple[str, str]):
    return prepare([message(*single) for single in singles], plant())


def test_rows_are_sorted_by_point_and_time() -> None:
    batch = _prepare(
        _single("il1-at-411", 2, 1.0), _single("jv-ft-205", 5, 2.0), _single("il1-at-411", 1, 3.0)
    )
    assert batch.rows.point_id.tolist() == [1, 2, 2]
    assert batch.rows.value.tolist() == [2.0, 3.0, 1.0]
    assert batch.rows.source.tolist() == [1, 2, 0]


def test_a_repeat_is_counted_and_left_out() -> None:
    one, gone = _single("jv-ft-205", 1, 7.0), _single("jv-ft-205", 2, None, 0x808A_0000)
    batch = _prepare(one, gone, one, one, gone)
    assert len(batch.rows) == 2
    assert batch.duplicates == 3
    assert batch.rejected == []


def test_a_contradiction_keeps_the_first_and_names_both_values() -> None:
    batch = _prepare(
        _single("jv-ft-205", 1, 7.0),
        _single("jv-ft-205", 1, 8.0),
        _single("jv-ft-205", 1, 7.0),
        _single("jv-ft-205", 1, None, 0x808A_0000),
        _single("jv-ft-205", 1, 7.0, 0x4090_0000),
    )
    assert batch.rows.value.tolist() == [7.0]
    assert batch.duplicates == 1
    assert [(index, rejection.reason) for index, rejection in batch.rejected] == [
        (1, Reason.CONFLICT),
        (3, Reason.CONFLICT),
        (4, Reason.CONFLICT),
    ]
    details = [rejection.detail for _, rejection in batch.rejected]
    assert "kept 7.0, came 8.0" in details[0]
    assert "kept 7.0, came no value" in details[1]


def test_bad_messages_do_not_touch_good_ones() -> None:
    batch = _prepare(("mikkeli/main/jv-ft-205", "{"), _single("jv-ft-205", 1, 7.0), ("zz", "1"))
    assert batch.rows.value.tolist() == [7.0]
    assert batch.rows.source.tolist() == [1]
    assert [index for index, _ in batch.rejected] == [0, 2]


def test_an_empty_batch() -> None:
    batch = _prepare()
    assert (len(batch.rows), batch.duplicates, batch.rejected) == (0, 0, [])


def test_the_time_of_reception_goes_along() -> None:
    batch = _prepare(_single("jv-ft-205", 1, 7.0))
    assert batch.rows.received_us.tolist() == [us("2026-11-24T12:00:00Z")]
