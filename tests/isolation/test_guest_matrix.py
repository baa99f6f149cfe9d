"""Everything that somebody from outside can make grow has a bound, and others feel nothing of it.

The matrix is guest_matrix.toml; what it must cover is taken from what is there, by
fixtures/surfaces.py.
"""

import importlib
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from dashboard.limits.limit import Limit
from dashboard.texts import catalogue
from dashboard.web.request_user import LANGUAGE_COOKIE
from deploy.stack.broker import Broker
from ingest.limit_settings import LimitSettings
from tests.fixtures.guest_matrix import (
    BROKER_METRIC,
    DOCS,
    KINDS,
    LIMITS,
    Bound,
    defaults,
    has_test,
    is_said,
    matrix,
    refused_metric,
    table,
)
from tests.fixtures.mqtt_client import AccountClient
from tests.fixtures.service_process import wait_until
from tests.fixtures.surfaces import surfaces
from tests.fixtures.web import serving
from tests.fixtures.web_calls import Caller

BOUNDS = matrix().bounds
SHARED = (
    *("connections", "questions", "streams", "streams_of_guests"),
    *("packages", "hashes", "departures"),
)
each_bound = pytest.mark.parametrize("bound", BOUNDS.values(), ids=list(BOUNDS))


def test_everything_that_comes_in_from_outside_has_a_bound(migrated_url: str) -> None:
    found, named = surfaces(migrated_url), matrix().surfaces
    assert len(found) > 80
    new, gone = sorted(found - named.keys()), sorted(named.keys() - found)
    assert not new, (
        f"{new}: somebody from outside can make something grow here, and nothing says what bounds "
        "it. Decide what (rows, bytes, memory, …) and by which limit, give that limit a setting, a "
        "counter and a test, and name it under [surface] in tests/isolation/guest_matrix.toml."
    )
    assert not gone, f"{gone}: take it out of tests/isolation/guest_matrix.toml; it is not there."
    unbound = [name for name, bounds in named.items() if not bounds]
    assert not unbound, f"{unbound}: no bound is named in tests/isolation/guest_matrix.toml."
    unknown = {name for bounds in named.values() for name in bounds} - BOUNDS.keys()
    assert not unknown, (
        f"{sorted(unknown)}: no such [bound.…] in tests/isolation/guest_matrix.toml."
    )


def test_every_bound_is_of_use_and_every_kind_of_growth_has_one() -> None:
    used = {name for bounds in matrix().surfaces.values() for name in bounds}
    assert used == BOUNDS.keys(), f"no surface names {sorted(BOUNDS.keys() - used)}"
    assert {bound.grows for bound in BOUNDS.values()} == set(KINDS)


@each_bound
def test_a_bound_says_what_sets_it_what_counts_it_and_what_holds_it(bound: Bound) -> None:
    ways = [bool(bound.settings), bool(bound.keeps), bool(bound.given)]
    assert sum(ways) == 1, "either settings, or keeps, or given"
    assert bound.tests, "a bound without a test is a hope"
    missing = [test for test in (*bound.tests, *bound.others) if not has_test(test)]
    assert not missing, f"no such test: {missing}"
    if bound.settings:
        unknown = [setting for setting in bound.settings if setting not in defaults()]
        assert not unknown, f"no such setting: {unknown}"
        assert bound.limit or bound.logged, f"{bound.metric!r} is of no limit of ours"
        assert not bound.logged or bound.metric == "" or bound.metric.startswith(BROKER_METRIC)
        assert is_said(bound.said), f"{bound.said!r} is no sentence of the catalogue and no status"
        assert bound.others, "name the test of what the others feel meanwhile"
    if bound.keeps:
        module, _, name = bound.keeps.partition(":")
        size = getattr(importlib.import_module(module), name)
        assert isinstance(size, int)
        assert size > 0


# All that questions of viewers are about; who looks stays free, so that requests get as far.
LOCKED = (
    "reading, rollup_5m, rollup_1h, rollup_1d, latest, site, line, point, point_definition, trial,"
    " trial_point, trial_entry, note, limit_set, limit_value, instrument, assignment"
)


def test_nothing_asks_the_database_without_a_turn(migrated_url: str, tmp_path: Path) -> None:
    """A company's only turn is taken and the tables are locked: whoever asks anyway would hang."""
    turns = {"questions_per_viewer_max": 1, "question_wait_max_s": 0.05, "query_timeout_s": 60}
    with serving(migrated_url, tmp_path, **turns) as web:
        web.cookies["alpha"] += (
            f"; {LANGUAGE_COOKIE}=en"  # or the site's is asked for, now and then
        )
        caller = Caller(web, "alpha")
        calls = [
            caller.call(one, place) for one in caller.callbacks for place in caller.places(one)
        ]
        assert len(calls) >= len(caller.callbacks)
        with psycopg.connect(web.tenants.url) as connection, ThreadPoolExecutor(1) as pool:
            connection.execute(f"LOCK TABLE {LOCKED} IN ACCESS EXCLUSIVE MODE".encode())
            chart = next(one for one in calls if one.about.startswith("..trend-chart."))
            holder = pool.submit(web.call, "alpha", chart.body)
            wait_until(lambda: _waits_for_a_lock(web.tenants.url), "the turn is not taken")
            statuses = {web.call("alpha", call.body).status for call in calls}
            statuses |= {web.ask("alpha", path).status for path in caller.page_paths(("1",))}
            assert not holder.done(), "the turn was free meanwhile: this shows nothing"
            connection.rollback()
            assert holder.result().status == 200
    assert statuses <= {200, 204}


def _waits_for_a_lock(url: str) -> bool:
    with psycopg.connect(url) as connection:
        waiting = connection.execute(
            "SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(waiting.fetchall())


def test_every_limit_that_refuses_stands_in_the_matrix() -> None:
    counted = {bound.metric for bound in BOUNDS.values()}
    # Who comes from another site, or twice, is refused whatever the numbers are.
    numbers = set(LIMITS) - {Limit.ORIGIN, Limit.PACKAGES_RUNNING}
    missing = {limit for limit in numbers if refused_metric(limit) not in counted}
    assert not missing, f"{sorted(missing)}: add a [bound.…] to tests/isolation/guest_matrix.toml."


@pytest.mark.parametrize("bound", [one for one in BOUNDS.values() if one.settings], ids=str)
def test_each_limit_is_seen_to_refuse_to_count_and_to_log(bound: Bound) -> None:
    assert bound.is_driven, (
        f"no test of [bound.{bound.name}] drives {bound.limit!r} inside of `refusing` of "
        f"tests/fixtures/refusing.py, or {bound.name!r} inside of `refusing_at_broker`, which look "
        "at its counter and its line in the log"
    )


def test_every_setting_of_the_ingest_that_limits_stands_in_the_matrix() -> None:
    """A new limit of what comes in from outside cannot be forgotten here."""
    named = {setting for bound in BOUNDS.values() for setting in bound.settings}
    ours = [f"VIRTAAMA_{name.upper()}" for name in LimitSettings.model_fields]
    limits = re.compile(r"mosquitto\.conf: (max_|memory_|.*_expiration)")
    broker = [name for name in defaults() if limits.match(name)]
    missing = sorted({*ours, *broker} - named)
    assert not missing, f"{missing}: name it in a [bound.…] of tests/isolation/guest_matrix.toml"


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_who_is_refused_because_of_others_is_not_told_of_them(language: str) -> None:
    """A limit of everybody together: its sentence may not tell how much there is of whom."""
    shared = {bound.said for name, bound in BOUNDS.items() if name in SHARED}
    texts = [catalogue()[said][language] for said in shared if said in catalogue()]
    assert len(texts) == 3
    told = re.compile(
        r"too many|others|busy|liian|liikaa|muut\b|ruuhk|för många|andra|upptag", re.I
    )
    assert not [text for text in texts if told.search(text)]


def test_what_the_broker_counts_is_there(broker: Broker) -> None:
    wanted = {bound.metric for bound in BOUNDS.values() if bound.metric.startswith(BROKER_METRIC)}
    assert wanted
    with AccountClient((broker.host, broker.port), None, None) as client:
        client.connect()
        client.subscribe(f"{BROKER_METRIC}#")
        while wanted:  # the broker tells all of them every ten seconds
            topic, _ = client.received.get(timeout=20.0)
            wanted.discard(topic)


def test_the_docs_list_the_limits_as_they_are() -> None:
    wanted = table()
    assert wanted in DOCS.read_text(encoding="utf-8"), (
        "run .venv/bin/python -m tests.fixtures.guest_matrix; docs/limits.md must hold this:\n\n"
        f"{wanted}"
    )
