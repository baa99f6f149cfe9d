"""An operator's page while strangers and a company do their worst, with a proxy and without.

What each limit does by itself stands in test_connections.py, test_turns.py and their like; here the
whole runs with the settings that we ship. `make exhaustive` has the proxies, `make slow` the
large numbers.
"""

import gzip
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from deploy.stack.ports import LOOPBACK
from tests.fixtures.between import Between
from tests.fixtures.cells import cells
from tests.fixtures.felt import QUIET_PAGES, Operator
from tests.fixtures.flood import refused_flood
from tests.fixtures.many_guests import guest_cookies
from tests.fixtures.reverse_proxy import caddy, nginx, samples
from tests.fixtures.service_process import wait_until
from tests.fixtures.strangers import (
    ADDRESSES,
    a_page,
    half_a_head,
    large_file,
    no_body,
    strangers,
)
from tests.fixtures.web import ALPHA_POINT, Web, serving
from tests.fixtures.web_calls import Caller

READINGS = 300_000
PACKAGE_MAX_BYTES = 40_000_000  # of each that is made at once: see test_package.py
QUESTIONS = 800  # at once, of all guests; as many as there are connections, but for some
PACKAGES = 2  # a company's and one of the staff
LOG_GROWN_MAX_BYTES = 20_000
BURST_WORST_S = 1.5  # a second of a quiet processor, and half of one for what else runs
ENTRIES: dict[str, Callable[[Between, int], str]] = {
    "alone": lambda _between, port: f"http://{LOOPBACK}:{port}",
    "nginx": lambda between, port: nginx(between, samples("nginx")[0], port),
    "caddy": lambda between, port: caddy(between, samples("caddy")[0], port),
}
slow = pytest.mark.slow


def _nothing(_address: str) -> bytes:
    return b""


@pytest.fixture(scope="module")
def web(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder: Path = tmp_path_factory.mktemp("attacked")
    with serving(
        migrated_module_url, folder, trusted_proxies=LOOPBACK, packages_per_day_max=10_000
    ) as found:
        found.tenants.owner(
            "INSERT INTO reading SELECT 3, now() - n * INTERVAL '0.5 seconds', n, 0, 1, 0, now()"
            " FROM generate_series(1, %s) n ON CONFLICT DO NOTHING",
            READINGS,
        )
        yield found


@pytest.fixture(params=cells(ENTRIES, quick={"alone"}))
def address(request: pytest.FixtureRequest, web: Web, between: Between) -> str:
    return ENTRIES[request.param](between, web.dashboard.port)


@pytest.fixture
def operator(web: Web, address: str) -> Iterator[Operator]:
    """An operator who looks; memory and log of the dashboard stay bounded, whatever happens."""
    web.close()
    found = Operator(web, address)
    memory_bytes, log_bytes = web.dashboard.memory_bytes, len(web.dashboard.log)
    yield found
    assert web.dashboard.memory_bytes - memory_bytes < found.grown_max_bytes
    assert len(web.dashboard.log) - log_bytes < LOG_GROWN_MAX_BYTES
    assert "Traceback" not in web.dashboard.log


@pytest.mark.parametrize("count", [300, pytest.param(2_000, marks=slow)])
def test_a_crowd_that_idles_is_not_felt(operator: Operator, address: str, count: int) -> None:
    with operator.looking() as times_s, strangers(address, count) as present:
        _look_for(times_s, 2.0)
    print(f"{present} connections")
    operator.check(times_s)


@slow
@pytest.mark.parametrize(
    "first", [_nothing, half_a_head, no_body, a_page], ids=lambda each: each.__name__
)
def test_a_burst_of_twice_as_many_as_may_come_refuses_no_operator(
    operator: Operator, address: str, first: Callable[[str], bytes]
) -> None:
    """All within half a second. It is the answers that count: the operator has one each time."""
    with operator.looking() as times_s, strangers(address, 2_200, first(address)) as present:
        _look_for(times_s, 3.0)
    print(f"{present} connections")
    operator.check(times_s, worst_s=BURST_WORST_S)


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=slow)])
def test_slow_heads_bodies_and_readers_are_not_felt(
    operator: Operator, address: str, count: int
) -> None:
    with (
        operator.looking() as times_s,
        strangers(address, count, half_a_head(address)),
        strangers(address, count, no_body(address)),
        strangers(address, count // 6, large_file(address), deaf=True),
    ):
        _look_for(times_s, 2.0)
    operator.check(times_s)


def test_heads_and_calls_as_large_as_they_may_be_are_not_felt(
    web: Web, operator: Operator, address: str
) -> None:
    large_head = {"Cookie": "a=b;" * 7_000, "Accept-Language": "x-a," * 500}
    caller = Caller(web, "alpha")
    web.close()
    chart = next(one for one in caller.callbacks if one.outputs[0].key == "trend-chart.children")
    request = next(slot for slot in chart.inputs if slot.key == "trend-request.data")
    body = json.dumps(caller.call(chart, {}, {request: ["a"] * 39_000}).body).encode()
    assert 190_000 < len(body) < 200_000
    done = threading.Event()

    def send(headers: dict[str, str], body: bytes) -> None:
        while not done.is_set():
            _post(web, address, "/_dash-update-component", body, headers)

    with operator.looking() as times_s, ThreadPoolExecutor(2) as senders:
        sending = [senders.submit(send, *each) for each in (({}, body), (large_head, b"{}"))]
        _look_for(times_s, 2.0)
        done.set()
        assert [each.result() for each in sending] == [None] * 2
    operator.check(times_s)


def test_what_is_packed_a_thousandfold_is_not_unpacked(
    web: Web, operator: Operator, address: str
) -> None:
    packed = gzip.compress(bytes(300_000_000), 9)
    assert 200_000 < len(packed) < 900_000
    statuses: Counter[int] = Counter()
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            for path in ("/sign-in", "/_dash-update-component", "/password"):
                statuses[_post(web, address, path, packed, {"Content-Encoding": "gzip"})] += 1

    with operator.looking() as times_s, ThreadPoolExecutor(1) as sender:
        sending = sender.submit(send)
        _look_for(times_s, 2.0)
        done.set()
        sending.result()
    print(statuses)
    assert statuses.keys() <= {400, 403, 413, 415, 429}
    operator.check(times_s)


def test_a_hundred_tabs_of_one_company_are_not_felt(
    web: Web, operator: Operator, address: str
) -> None:
    with operator.looking() as times_s, ExitStack() as open_tabs:
        tabs = [open_tabs.enter_context(_stream(web, address, "alpha")) for _ in range(100)]
        _look_for(times_s, 2.0)
        told = sum(b"event: crowded" in _received(tab) for tab in tabs)
    assert told == 80
    operator.check(times_s)


def test_eighty_charts_at_once_of_one_company_are_not_felt(
    web: Web, operator: Operator, address: str
) -> None:
    body = _chart(web)
    with operator.looking() as times_s, ThreadPoolExecutor(80) as tabs:
        asked = [
            tabs.submit(_post, web, address, "/_dash-update-component", body, {})
            for _ in range(160)
        ]
        assert {one.result() for one in asked} == {200}
    operator.check(times_s)


@pytest.mark.parametrize("guests", [20, pytest.param(8, marks=slow)])
def test_as_many_questions_as_guests_may_ask_together_are_not_felt(
    web: Web, operator: Operator, address: str, guests: int
) -> None:
    body, target = _chart(web), urlsplit(address)
    cookies = guest_cookies(web, guests)
    with operator.looking() as times_s, ExitStack() as asking:
        for number in range(QUESTIONS // guests):
            for cookie in cookies:
                one = asking.enter_context(_from_somewhere(target.port, number))
                head = _call_head(target.netloc, cookie, len(body))
                with suppress(OSError):  # who is refused at the door is as good
                    one.sendall(head + body)
        _look_for(times_s, 3.0)
    operator.check(times_s)


def test_rights_that_may_have_changed_without_end_are_not_felt(
    web: Web, operator: Operator
) -> None:
    """As by sign-outs and entries of a journal, which everybody is told of."""
    done = threading.Event()

    def tell() -> None:
        with psycopg.connect(web.tenants.url, autocommit=True) as connection:
            while not done.wait(0.005):
                connection.execute("SELECT pg_notify('virtaama_access', '')")

    with ThreadPoolExecutor(1) as telling, operator.looking() as times_s:
        told = telling.submit(tell)
        _look_for(times_s, 2.0)
        done.set()
        told.result()
    operator.check(times_s)


@pytest.mark.parametrize("count", [60, pytest.param(500, marks=slow)])
def test_packages_that_are_started_and_left_keep_nobody_from_theirs(
    web: Web, operator: Operator, address: str, count: int
) -> None:
    operator.grown_max_bytes += PACKAGES * PACKAGE_MAX_BYTES
    with operator.looking() as times_s:
        for number in range(count):
            _leave_package(web, address, after_a_byte=number % 2 == 0)
    wait_until(lambda: _begins(web, address, "alpha"), "its own places are lost")
    assert _begins(web, address, "engineer")
    operator.check(times_s)


@slow
@pytest.mark.timeout(1_200)  # from many addresses 5 000 passwords are hashed, two at once
@pytest.mark.parametrize("addresses", [False, True], ids=["one address", "many addresses"])
def test_sign_ins_for_ten_thousand_names_are_not_felt(
    web: Web, address: str, addresses: bool
) -> None:
    web.close()  # it has idled for longer than it may
    found = refused_flood(
        web, 10_000, addresses=addresses, grown_max_bytes=150_000_000, through=address
    )
    print(f"{found.statuses} in {found.took_s:.0f} s; worst page {max(found.others_took_s):.2f} s")


def _chart(web: Web) -> bytes:
    """Return the call of a company's chart over two days."""
    caller = Caller(web, "alpha")
    chart = next(one for one in caller.callbacks if one.outputs[0].key == "trend-chart.children")
    put = {
        slot: f"?p={ALPHA_POINT}&w=2d" for slot in chart.inputs if slot.key == "trend-request.data"
    }
    body = json.dumps(caller.call(chart, {}, put).body).encode()
    web.close()
    return body


def _from_somewhere(port: int | None, number: int) -> socket.socket:
    """Return a connection from one of many addresses."""
    return socket.create_connection(
        (LOOPBACK, port), timeout=20, source_address=(f"127.0.3.{number % ADDRESSES + 1}", 0)
    )


def _call_head(host: str, cookie: str, size_bytes: int) -> bytes:
    head = f"POST /_dash-update-component HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
    head += f"Cookie: {cookie}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {size_bytes}\r\n\r\n".encode()


def _look_for(times_s: list[float], duration_s: float) -> None:
    """Stay while the operator looks: for a while, and for as many pages as say what is usual."""
    until_s, seen = time.monotonic() + duration_s, len(times_s)
    wait_until(
        lambda: time.monotonic() > until_s and len(times_s) >= seen + QUIET_PAGES,
        "the operator gets no page",
    )


def _head(web: Web, address: str, method: str, path: str, viewer: str) -> bytes:
    host = urlsplit(address).netloc
    cookie = web.cookies[viewer]
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode()


def _post(web: Web, address: str, path: str, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    sent = {
        "Cookie": web.cookies["alpha"],
        "Origin": address,
        "Content-Type": "application/json",
        **headers,
    }
    try:
        connection.request("POST", path, body, sent)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _connected(address: str) -> socket.socket:
    target = urlsplit(address)
    return socket.create_connection((target.hostname, target.port), timeout=20)


def _stream(web: Web, address: str, viewer: str) -> socket.socket:
    tab = _connected(address)
    tab.sendall(_head(web, address, "GET", "/live", viewer))
    assert tab.recv(10_000).startswith(b"HTTP/1.1 200")
    return tab


def _received(tab: socket.socket) -> bytes:
    tab.setblocking(False)
    received = b""
    try:
        while data := tab.recv(100_000):
            received += data
    except BlockingIOError:
        pass
    return received


def _leave_package(web: Web, address: str, *, after_a_byte: bool) -> None:
    with _connected(address) as tab:
        tab.sendall(_head(web, address, "GET", "/trials/1/package", "alpha"))
        if after_a_byte:
            tab.recv(1)


def _begins(web: Web, address: str, viewer: str) -> bool:
    with _connected(address) as tab:
        tab.sendall(_head(web, address, "GET", "/trials/1/package", viewer))
        return tab.recv(100).startswith(b"HTTP/1.1 200")
