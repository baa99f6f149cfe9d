"""Forms as a page can send them: honest ones, empty ones, and what no page of ours would send."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.web.form_input import FieldsUnfit, FormInput, FormUnfit, gathered, read_version

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def _sent(**values: Any) -> FormInput:
    return FormInput(values, HELSINKI, NOW)


def test_times_are_written_in_the_sites_time() -> None:
    assert _sent(at="2026-11-25T14:30").moment("at") == datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
    assert _sent(at="2026-07-01T00:00").moment("at") == datetime(2026, 6, 30, 21, tzinfo=UTC)
    assert _sent(day="2026-10-25").day("day") == date(2026, 10, 25)


def test_a_time_in_the_night_that_has_no_such_time_is_told() -> None:
    with pytest.raises(FormUnfit) as unfit:
        _sent(at="2026-03-29T03:30").moment("at")
    assert unfit.value.key == "form.unfit.gap"


def test_a_time_that_comes_twice_is_asked_for_again() -> None:
    with pytest.raises(FormUnfit) as unfit:
        _sent(at="25.10.2026 3.30").moment("at")
    assert unfit.value.key == "form.unfit.twice"
    found = _sent(at="25.10.2026 3.30 UTC+2").moment("at")
    assert found == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_what_is_left_empty_is_nothing_and_what_is_needed_is_asked_for() -> None:
    sent = _sent(body="  ", at=None)
    assert (sent.text("body"), sent.moment("at"), sent.day("x"), sent.id("x")) == (
        "",
        None,
        None,
        None,
    )
    assert sent.ids("points") == []
    for ask in (sent.needed, sent.needed_moment, sent.needed_day, sent.needed_id):
        with pytest.raises(FormUnfit) as unfit:
            ask("body")
        assert unfit.value.key == "form.unfit.missing"


@pytest.mark.parametrize(
    "value",
    [7, True, ["a"], {"a": 1}, "nul\0", "half \ud800", "x" * 20_001],
    ids=["number", "truth", "list", "object", "nul", "surrogate", "endless"],
)
def test_a_text_that_is_none_is_refused_with_a_sentence(value: Any) -> None:
    sent = _sent(field=value)
    for ask in (sent.text, sent.moment, sent.day, sent.id):
        with pytest.raises(FormUnfit, match=r"form\.unfit"):
            ask("field")


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-13-01T00:00", "2026-11-25T12:00+05:00", "0001-01-01T00:00", "9999-12-31"],
)
def test_a_time_that_is_none_is_refused_with_a_sentence(value: str) -> None:
    with pytest.raises(FormUnfit, match=r"form\.unfit\.moment"):
        _sent(at=value).moment("at")


@pytest.mark.parametrize("value", ["-1", "1; DROP TABLE note", "1e3", "٣", "99999999999"])
def test_an_id_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(FormUnfit):
        _sent(point=value).id("point")
    with pytest.raises(FormUnfit):
        _sent(points=["1", value]).ids("points")


@pytest.mark.parametrize("value", ["1", [1], [["1"]], ["1"] * 501, {"1": 1}])
def test_a_list_of_ids_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(FormUnfit):
        _sent(points=value).ids("points")


def test_only_what_was_offered_can_be_chosen() -> None:
    assert _sent(kind="log").choice("kind", ("log", "phase")) == "log"
    with pytest.raises(FormUnfit, match=r"form\.unfit\.choice"):
        _sent(kind="revoke").choice("kind", ("log", "phase"))


def test_every_wrong_field_is_told_at_once_and_each_has_its_own_sentence() -> None:
    sent = _sent(
        title="x" * 9, start="2026-11-25T12:00", end="2026-11-25T12:00", first="2026-02-30"
    )
    with pytest.raises(FieldsUnfit) as unfit:
        gathered(
            body=lambda: sent.needed("body"),
            title=lambda: sent.needed("title", 8),
            end=lambda: sent.after("end", "start"),
            first=lambda: sent.needed_day("first"),
            last=lambda: sent.day_from("last", "first"),
        )
    assert unfit.value.fields == {
        "body": "form.unfit.missing",
        "title": "form.unfit.long",
        "end": "form.unfit.order",
        "first": "form.unfit.day",
    }


def test_what_fits_is_gathered_by_name() -> None:
    sent = _sent(first="2026-11-25", last="2026-11-25", before="2026-11-24", end="2026-11-26T00:00")
    days = gathered(
        last=lambda: sent.day_from("last", "first"), end=lambda: sent.after("end", "start")
    )
    assert days == {"last": date(2026, 11, 25), "end": datetime(2026, 11, 25, 22, tzinfo=UTC)}
    with pytest.raises(FormUnfit, match="order_of_days"):
        sent.day_from("before", "first")


@pytest.mark.parametrize("seen", [None, True, -1, 2**31, 10**30, 1.0, "1", [1], {}])
def test_what_is_no_version_is_none_that_anybody_has_seen(seen: Any) -> None:
    assert read_version(seen) == 0
    assert read_version(3) == 3
