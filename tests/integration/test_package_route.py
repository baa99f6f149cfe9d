"""The download of a trial's package, asked as a browser asks."""

import http.client
import io
import json
import socket
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dashboard.auth.session_cache import SESSION_COOKIE
from dashboard.limits.limit import Limit
from deploy.stack.ports import LOOPBACK
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.people import signed_in
from tests.fixtures.refusing import refusing
from tests.fixtures.service_process import wait_until
from tests.fixtures.tenants import BETA, PLANT, Tenants, seed

BIG_ROWS = 700_000


@dataclass(frozen=True)
class House:
    tenants: Tenants
    dashboard: DashboardProcess
    tokens: dict[str, str]

    def package(self, who: str, trial: object) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, self.dashboard.port, timeout=60)
        headers = {"Cookie": f"{SESSION_COOKIE}={self.tokens[who]}", "Accept-Encoding": "gzip"}
        connection.request("GET", f"/trials/{trial}/package", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    def exports(self, who: str) -> list[tuple[str, int, dict]]:
        return self.tenants.owner(
            "SELECT action, trial_id, detail FROM access_log JOIN account USING (account_id)"
            " WHERE login = %s AND action LIKE 'export%%' ORDER BY at",
            who,
        )


@pytest.fixture(scope="module")
def house(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    tenants = seed(migrated_module_url)
    people = {
        "anna": ("company_member", "alpha"),
        "bertil": ("company_member", "beta"),
        "many": ("company_member", "alpha"),
        "leaving": ("company_member", "alpha"),
        "engineer2": ("engineer", None),
        "visitor": ("guest", None),
    }
    tokens = {login: signed_in(tenants.url, login, *rest) for login, rest in people.items()}
    tenants.owner(
        "INSERT INTO trial_guest (trial_id, account_id, until_at, under_embargo)"
        " SELECT 1, account_id, 'infinity', true FROM account WHERE login = 'visitor'"
    )
    with DashboardProcess(
        tmp_path_factory.mktemp("package"), tenants.url, packages_max=2
    ) as dashboard:
        yield House(tenants, dashboard, tokens)
        assert "Traceback" not in dashboard.log, dashboard.log


def test_a_company_takes_its_data_home_and_nobody_elses(house: House) -> None:
    answer, body = house.package("anna", 1)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-encoding"] is None
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="virtaama-s-hall-alpha-20'
    )
    package = zipfile.ZipFile(io.BytesIO(body))
    assert package.testzip() is None
    points = json.loads(package.read("points.json"))
    assert [(point["line"], point["key"]) for point in points] == [
        ("hall", "alpha"),
        ("main", "reference"),
    ]
    texts = b"".join(package.read(name) for name in package.namelist())
    for foreign in (BETA, PLANT):
        assert foreign.encode() not in texts
    assert [entry[:2] for entry in house.exports("anna")] == [("export", 1)]


def test_another_companys_trial_and_one_that_is_not_there_are_one_page(house: House) -> None:
    theirs, page = house.package("bertil", 1)
    assert theirs.status == 404
    assert "Koeajoa ei ole" in page.decode()
    for trial in (999, 0, "-1", "1x", "99999999999999999999", "%00", "alpha"):
        answer, body = house.package("bertil", trial)
        assert (answer.status, body) == (404, page), trial
        same = {name: answer.headers[name] for name in answer.headers if name != "date"}
        assert same == {name: theirs.headers[name] for name in theirs.headers if name != "date"}
    assert house.exports("bertil") == []


def test_a_guest_is_told_that_looking_is_all(house: House) -> None:
    answer, body = house.package("visitor", 1)
    assert answer.status == 403
    assert "ei voi ladata" in body.decode()
    assert house.exports("visitor") == []


def test_the_21st_package_of_a_day_waits(house: House) -> None:
    house.tenants.owner(
        "INSERT INTO access_log (account_id, action, object, trial_id, detail)"
        " SELECT account_id, 'export', '', 1, '{}' FROM account, generate_series(1, 20)"
        " WHERE login = 'many'"
    )
    with refusing(Limit.PACKAGES_PER_DAY, house.dashboard):
        answer, body = house.package("many", 1)
    assert answer.status == 429
    assert "huomenna" in body.decode()


@pytest.fixture(scope="module")
def big(house: House) -> House:
    """So many readings of alpha that a package takes a while."""
    house.tenants.owner(
        "INSERT INTO reading SELECT 3, now() - n * INTERVAL '0.1 seconds', n, 0, 1, 0, now()"
        " FROM generate_series(1, %s) n ON CONFLICT DO NOTHING",
        BIG_ROWS,
    )
    house.tenants.owner(
        "INSERT INTO rollup_1h SELECT point_id, time_bucket('1 hour', ts), count(*), count(*),"
        " count(*), sum(value), sum(value), min(value), max(value), min(value), min(ts),"
        " max(value), max(ts) FROM reading WHERE point_id = 3 GROUP BY 1, 2"
        " ON CONFLICT (point_id, bucket) DO UPDATE SET n = excluded.n"
    )
    return house


def _begin(house: House, who: str) -> socket.socket:
    """Ask for a package, read its beginning, and stop reading."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    line.settimeout(30)
    line.connect((LOOPBACK, house.dashboard.port))
    cookie = f"Cookie: {SESSION_COOKIE}={house.tokens[who]}"
    line.sendall(f"GET /trials/1/package HTTP/1.1\r\nHost: x\r\n{cookie}\r\n\r\n".encode())
    head = line.recv(4_096)
    assert head.startswith(b"HTTP/1.1 200"), head
    return line


@pytest.mark.exhaustive
def test_a_package_that_is_taken_too_slowly_breaks_off(big: House, tmp_path: Path) -> None:
    with DashboardProcess(tmp_path, big.tenants.url, package_time_max_s=0.5) as hurried:
        with (
            refusing(Limit.PACKAGE_TIME, hurried),
            _begin(replace(big, dashboard=hurried), "engineer2") as line,
        ):
            received = b""
            while data := line.recv(16_384):
                received += data
                time.sleep(0.01)
        assert not received.endswith(b"0\r\n\r\n")
        assert "refuse: package_time, account:" in hurried.log


def test_a_package_of_more_readings_than_one_may_have_is_refused(
    big: House, tmp_path: Path
) -> None:
    with (
        DashboardProcess(tmp_path, big.tenants.url, package_readings_max=10) as small,
        refusing(Limit.PACKAGE_READINGS, small),
    ):
        answer, body = replace(big, dashboard=small).package("engineer2", 1)
    assert answer.status in {413, 429}
    assert body


def test_one_package_at_a_time_and_who_goes_away_leaves_no_trace_but_the_log(big: House) -> None:
    with _begin(big, "engineer2"):
        with refusing(Limit.PACKAGES, big.dashboard):  # the last place is the staff's
            assert big.package("anna", 1)[0].status == 429
        with refusing(Limit.PACKAGES_RUNNING, big.dashboard):
            answer, body = big.package("engineer2", 1)
        assert answer.status == 429
        assert "tehdään jo" in body.decode()
    wait_until(
        lambda: (
            ("export_failed", 1, {"why": "broken_off"}) in big.exports("engineer2")
            and big.package("engineer2", 1)[0].status == 200
        ),
        "the package that nobody reads keeps its place",
    )


def test_a_package_breaks_off_when_access_is_revoked_on_the_way(big: House) -> None:
    with _begin(big, "leaving") as line:
        big.tenants.owner("UPDATE account SET disabled_at = now() WHERE login = 'leaving'")
        received = b""
        while data := line.recv(65_536):
            received += data
    assert b"SHA256SUMS" not in received[-4_096:]
    assert not received.endswith(b"0\r\n\r\n")
