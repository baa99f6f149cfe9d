"""Values that are kept for a while."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.store.cache import Cache

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TIMEOUT_S = 10.0


def _kept(entries_max: int = 2) -> Cache[int]:
    return Cache(60.0, entries_max)


def test_a_value_is_made_once_until_it_is_too_old() -> None:
    kept = _kept()
    assert kept.get("a", NOW, lambda: 1) == 1
    assert kept.get("a", NOW + timedelta(seconds=59), lambda: 2) == 1
    assert kept.get("a", NOW + timedelta(seconds=60), lambda: 3) == 3


def test_a_clock_that_is_set_back_an_hour_keeps_nothing_for_an_hour() -> None:
    kept = _kept()
    kept.get("a", NOW, lambda: 1)
    earlier = NOW - timedelta(hours=1)
    assert kept.get("a", earlier, lambda: 2) == 2
    assert kept.get("a", earlier + timedelta(seconds=59), lambda: 3) == 2


def test_who_looks_sees_what_is_young_enough_and_makes_nothing() -> None:
    kept = _kept()
    assert kept.peek("a", NOW) is None
    kept.get("a", NOW, lambda: 1)
    assert kept.peek("a", NOW + timedelta(seconds=59)) == 1
    assert kept.peek("a", NOW + timedelta(seconds=60)) is None
    assert kept.peek("a", NOW - timedelta(seconds=1)) is None


def test_what_was_forgotten_is_made_anew() -> None:
    kept = _kept()
    kept.get("a", NOW, lambda: 1)
    kept.forget()
    assert kept.get("a", NOW, lambda: 2) == 2


def test_what_was_made_while_it_was_forgotten_is_not_kept() -> None:
    kept = _kept()

    def make() -> int:
        kept.forget()
        return 1

    assert kept.get("a", NOW, make) == 1
    assert kept.get("a", NOW, lambda: 2) == 2


def test_the_least_asked_for_is_dropped() -> None:
    kept = _kept(entries_max=2)
    for number, key in enumerate("abac"):
        kept.get(key, NOW, lambda number=number: number)  # type: ignore[misc]
    assert [kept.get(key, NOW, lambda: 9) for key in "ac"] == [0, 3]
    assert kept.get("b", NOW, lambda: 9) == 9


def test_a_failure_leaves_nothing_behind() -> None:
    kept = _kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("a", NOW, lambda: 1 // 0)
    assert kept.get("a", NOW, lambda: 2) == 2


def test_those_who_ask_the_same_wait_and_others_do_not() -> None:
    kept, made = _kept(), []
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        made.append("a")
        begun.set()
        assert go_on.wait(TIMEOUT_S)
        return 1

    with ThreadPoolExecutor(2) as pool:
        same = [pool.submit(kept.get, "a", NOW, slow) for _ in range(2)]
        assert begun.wait(TIMEOUT_S)
        assert kept.get("b", NOW, lambda: 2) == 2
        go_on.set()
        assert [one.result(TIMEOUT_S) for one in same] == [1, 1]
    assert made == ["a"]
