"""What fails is told once, in one line, with a number that the reader sees too."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack.ports import free_port
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.scrape import get
from tests.fixtures.service_process import wait_until
from tests.fixtures.tenants import seed
from tests.fixtures.web import Answer, Web
from tests.fixtures.web_calls import Caller

DOCS = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")
LINE_MAX_CHARACTERS = 600
PERSON = {"Accept": "text/html", "Cookie": ""}


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def broken(
    migrated_module_url: str, metrics_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A dashboard whose database lost a view after it had started."""
    tenants, folder = seed(migrated_module_url), tmp_path_factory.mktemp("broken")
    with DashboardProcess(folder, migrated_module_url, metrics_port=metrics_port) as dashboard:
        web = Web(tenants, dashboard, {"nobody": ""})
        web.open_session("alpha")
        web.open_session("operator")
        caller = Caller(web, "alpha")
        tenants.owner("ALTER VIEW visible.trial RENAME TO trial_that_was")
        web.calls = list(caller.pages("/trials/1"))  # type: ignore[attr-defined]
        yield web
        web.close()


def _told(web: Web, answer: Answer) -> str:
    """Return the line of the log that tells a failure by the number of the answer."""
    assert answer.status == 500
    number = answer.headers["X-Failure"]
    assert re.fullmatch("[0-9a-f]{8}", number)
    assert number in answer.text
    lines = [line for line in web.dashboard.log.splitlines() if number in line]
    assert len(lines) == 1, lines
    assert len(lines[0]) < LINE_MAX_CHARACTERS
    assert "Traceback" not in web.dashboard.log
    return lines[0]


def test_a_page_that_fails_shows_a_number_and_the_log_tells_the_cause_once(broken: Web) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "sv"}
    answer = broken.ask("alpha", "/trials/1?secret=of-the-asker", headers=headers)
    assert "Något gick fel" in answer.text
    assert answer.headers["content-security-policy"]  # as every page
    line = _told(broken, answer)
    assert "fail: GET /{path:path}: UndefinedTable at dashboard/" in line
    assert "of-the-asker" not in line


def test_a_download_that_fails_before_it_begins_shows_a_number_too(broken: Web) -> None:
    line = _told(broken, broken.ask("alpha", "/trials/1/package"))
    assert "fail: GET /trials/{trial}/package: UndefinedTable at dashboard/store/" in line


def test_a_callback_that_fails_is_told_by_its_name(broken: Web) -> None:
    (call,) = broken.calls  # type: ignore[attr-defined]
    line = _told(broken, broken.call("alpha", call.body))
    assert "fail: callback " in line
    assert "_pages_content.children" in line
    assert "UndefinedTable at dashboard/" in line


def test_live_values_that_fail_are_told_and_the_page_may_connect_again(broken: Web) -> None:
    broken.tenants.owner("ALTER VIEW visible.latest RENAME TO latest_that_was")
    try:
        with broken.stream("operator") as stream:
            wait_until(lambda: "fail: live values of account:" in broken.dashboard.log, "silence")
            assert stream.read() != b""  # it ends, and the browser asks anew
    finally:
        broken.tenants.owner("ALTER VIEW visible.latest_that_was RENAME TO latest")
    with broken.stream("operator") as stream:
        wait_until(lambda: b'"whole"' in stream.read1(100_000), "no values")
    assert "Traceback" not in broken.dashboard.log


def test_metrics_tell_what_was_answered_on_a_port_of_their_own(
    broken: Web, metrics_port: int
) -> None:
    for path in ("/sign-in", "/no-such", "/assets/live.js", "/assets/none.js"):
        broken.ask("alpha", path)
    broken.ask("nobody", "/flows")
    with broken.stream("operator"):
        status, text = get(metrics_port, "/metrics")
    assert status == 200
    for sample in (
        'requests_total{route="/sign-in",status="200"}',
        'requests_total{route="/{path:path}",status="404"}',
        'requests_total{route="/{path:path}",status="500"}',
        'requests_total{route="file",status="200"}',
        'requests_total{route="none",status="401"}',
        'request_seconds_count{route="/live"}',
        "pool_max_connections 8.0",
        "open_streams 1.0",
    ):
        assert f"virtaama_dashboard_{sample}" in text, sample
    assert "no-such" not in text  # routes, never addresses: as many series as the program has


def test_every_metric_of_the_dashboard_is_documented(metrics_port: int, broken: Web) -> None:
    broken.ask("alpha", "/sign-in")
    text = get(metrics_port, "/metrics")[1]
    helped = re.findall(r"^# HELP virtaama_dashboard_(\w+) ", text, re.MULTILINE)
    served = {name for name in helped if not name.endswith("_created")}
    assert len(served) > 6
    section = DOCS[DOCS.index("# Metrics of the dashboard") :]
    documented = set(re.findall(r"`(\w+?)(?:_total)?(?:\{[^}]*\})?`", section))
    assert {name.removesuffix("_total") for name in served} <= documented


def test_the_public_port_serves_no_metrics(broken: Web) -> None:
    for viewer in ("alpha", "operator", "nobody"):
        for path in ("/metrics", "/metrics/", "/%6detrics"):
            answer = broken.ask(viewer, path)
            assert answer.status in {401, 404}
            assert "virtaama_dashboard_" not in answer.text


def test_a_call_that_is_answered_is_plain_json_and_no_failure(broken: Web) -> None:
    answer = broken.ask("operator", "/_dash-layout")
    assert answer.status == 200
    assert json.loads(answer.text)
