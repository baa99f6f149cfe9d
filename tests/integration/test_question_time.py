"""A question that the database does not answer in time, as whoever asked it sees it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard.limits.limit import Limit
from dashboard.texts import text
from tests.fixtures.refusing import refusing
from tests.fixtures.web import Web, serving
from tests.fixtures.web_calls import Caller


@pytest.fixture
def web(migrated_module_url: str, tmp_path: Path) -> Iterator[Web]:
    with serving(migrated_module_url, tmp_path, query_timeout_s=0.3) as found:
        yield found


def test_a_question_that_takes_too_long_is_given_up_counted_and_told(web: Web) -> None:
    caller = Caller(web, "alpha")
    charts = [one for one in caller.callbacks if one.outputs[0].key == "trend-chart.children"]
    call = caller.call(charts[0], {})
    assert text("app.too_slow", "fi") not in web.call("alpha", call.body).text
    with psycopg.connect(web.tenants.url) as connection, refusing(Limit.QUERY_TIME, web.dashboard):
        connection.execute("LOCK TABLE reading, rollup_5m, rollup_1h IN ACCESS EXCLUSIVE MODE")
        answer = web.call("alpha", call.body)
    assert answer.status == 200
    assert text("app.too_slow", "fi") in answer.text.encode().decode("unicode_escape")
    assert "refuse: query_time, account:" in web.dashboard.log
