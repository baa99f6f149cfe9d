"""Strangers who connect and then do nothing, or do it slowly, while somebody else asks for a page.

Strangers come from another address of the loopback than the person.
"""

import gzip
import http.client
import select
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from dashboard.limits.limit import Limit
from deploy.stack.ports import LOOPBACK
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.refusing import refusing
from tests.fixtures.service_process import wait_until

STRANGER = "127.0.0.2"
LOG_MAX_BYTES = 5_000
PATIENCE_S = 1.5
HEAD_MAX_BYTES = 16_384
ZONED = "fe80::1%" + "zone" * 100


@pytest.fixture(scope="module")
def dashboard(
    migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardProcess]:
    settings = {
        "connections_max": 120,
        "connections_per_address_max": 80,
        "head_max_bytes": HEAD_MAX_BYTES,
        "header_timeout_s": PATIENCE_S,
        "body_timeout_s": PATIENCE_S,
        "send_timeout_s": PATIENCE_S,
        "idle_timeout_s": 1,
    }
    folder = tmp_path_factory.mktemp("connections")
    with DashboardProcess(folder, migrated_module_url, **settings) as process:
        yield process
        assert "Traceback" not in process.log, process.log


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def _connect(
    dashboard: DashboardProcess, stack: ExitStack, address: str = STRANGER
) -> socket.socket:
    connection = socket.create_connection(
        (LOOPBACK, dashboard.port), timeout=10, source_address=(address, 0)
    )
    return stack.enter_context(connection)


def _page_s(dashboard: DashboardProcess) -> float:
    began_s = time.monotonic()
    assert dashboard.get("/sign-in")[0] == 200
    return time.monotonic() - began_s


def _is_closed_within(connection: socket.socket, timeout_s: float) -> bytes | None:
    """Return what came before the end; None if there was no end in time."""
    connection.settimeout(timeout_s)
    received = b""
    try:
        while data := connection.recv(100_000):
            received += data
    except TimeoutError:
        return None
    except ConnectionResetError:
        pass
    return received


def _arrived(connection: socket.socket) -> bool:
    """Tell whether something can be read."""
    return bool(select.select([connection], [], [], 0)[0])


def _begun_post(dashboard: DashboardProcess, size: str) -> bytes:
    host = f"{LOOPBACK}:{dashboard.port}"
    head = f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n{size}\r\n\r\n"
    return head.encode()


def test_a_crowd_of_one_address_is_refused_and_others_get_their_page(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    with refusing(Limit.CONNECTIONS_PER_ADDRESS, dashboard):
        crowd = [_connect(dashboard, stack) for _ in range(300)]
    assert _page_s(dashboard) < 1.0
    refused = [_is_closed_within(one, 1.0) for one in crowd[100:110]]
    assert all(answer is not None and answer.startswith(b"HTTP/1.1 503") for answer in refused)
    assert f"connections_per_address, {STRANGER}" in dashboard.log
    assert len(dashboard.log) < LOG_MAX_BYTES


def test_crowds_of_many_addresses_make_room_for_a_person(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    with refusing(Limit.CONNECTIONS, dashboard):
        for number in range(3, 9):
            for _ in range(40):
                _connect(dashboard, stack, f"127.0.0.{number}")
    assert _page_s(dashboard) < 1.0
    assert len(dashboard.log) < LOG_MAX_BYTES


@pytest.mark.parametrize("asks", [False, True], ids=["idle", "ask for a page"])
def test_a_burst_of_many_addresses_does_not_refuse_who_comes_anew(
    dashboard: DashboardProcess, stack: ExitStack, asks: bool
) -> None:
    """More came between two looks at the door than there are places: who came last was out."""
    host = f"{LOOPBACK}:{dashboard.port}"
    begun = threading.Event()

    def burst() -> None:
        for number in range(600):
            with suppress(OSError):  # it made room for another meanwhile
                one = _connect(dashboard, stack, f"127.0.3.{number % 40 + 1}")
                one.sendall(f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() * asks)
            if number == 100:
                begun.set()

    with ThreadPoolExecutor(1) as crowd:
        coming = crowd.submit(burst)
        begun.wait()
        statuses = [dashboard.get("/sign-in")[0]]
        while not coming.done():
            statuses.append(dashboard.get("/sign-in")[0])
    assert set(statuses) == {200}


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /sign-in HTTP/1.1\r\n", b"GET /sign-in HTTP/1.1\r\nHost: x\r\nX-A: b"],
    ids=["nothing", "a line", "half a head"],
)
def test_a_request_that_never_ends_is_given_up(
    dashboard: DashboardProcess, stack: ExitStack, sent: bytes
) -> None:
    slow = _connect(dashboard, stack)
    with refusing(Limit.HEADER_TIMEOUT, dashboard):
        slow.sendall(sent)
        answer = _is_closed_within(slow, PATIENCE_S + 3)
    assert answer is not None, "the connection is still open"
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_head_that_drips_is_given_up_all_the_same(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    slow = _connect(dashboard, stack)
    slow.sendall(b"GET /sign-in HTTP/1.1\r\n")
    began_s = time.monotonic()
    slow.settimeout(0.1)

    def is_given_up() -> bool:
        assert time.monotonic() - began_s < PATIENCE_S + 5, "it is still waited for"
        try:
            slow.sendall(b"X-A: b\r\n")
            return slow.recv(100) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    wait_until(is_given_up, "it is still waited for")


def test_crowds_whose_bodies_never_come_make_room_for_a_person(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    for number in range(3, 9):
        for _ in range(40):
            slow = _connect(dashboard, stack, f"127.0.0.{number}")
            slow.sendall(_begun_post(dashboard, "Content-Length: 500"))
    assert dashboard.get("/sign-in")[0] == 200


@pytest.mark.parametrize("way", ["at one go", "in pieces", "behind another", "of many lines"])
def test_a_head_that_is_too_long_is_refused_however_it_comes(
    dashboard: DashboardProcess, stack: ExitStack, way: str
) -> None:
    sender = _connect(dashboard, stack, "127.0.0.10")
    begin = b"GET /sign-in HTTP/1.1\r\nHost: x\r\n"
    head = begin + b"Cookie: " + b"a=b;" * (HEAD_MAX_BYTES // 4) + b"\r\n\r\n"
    if way == "of many lines":
        head = begin + b"a:b\r\n" * 200 + b"\r\n"
    if way == "behind another":
        head = begin + b"\r\n" + head
    half = len(head) // 2 if way == "in pieces" else len(head)
    with refusing(Limit.HEAD_BYTES, dashboard):
        sender.sendall(head[:half])
        if half < len(head):
            time.sleep(0.1)
            sender.sendall(head[half:])
        answer = _is_closed_within(sender, PATIENCE_S)
    assert answer is not None, "the connection is still open"
    assert answer.count(b"HTTP/1.1 431 ") == 1
    assert answer.count(b"HTTP/1.1 200 ") == (way == "behind another")


def test_nonsense_after_an_answer_writes_no_traceback(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    sender = _connect(dashboard, stack)
    sender.sendall(_begun_post(dashboard, "Transfer-Encoding: chunked"))
    assert sender.recv(1_000).startswith(b"HTTP/1.1 413")
    sender.sendall(b"no chunk\r\n")
    assert _is_closed_within(sender, PATIENCE_S + 3) is not None
    assert "Traceback" not in dashboard.log


def test_a_body_that_never_comes_is_given_up(dashboard: DashboardProcess, stack: ExitStack) -> None:
    slow = _connect(dashboard, stack)
    with refusing(Limit.BODY_TIMEOUT, dashboard):
        slow.sendall(_begun_post(dashboard, "Content-Length: 500") + b"login=")
        assert _is_closed_within(slow, PATIENCE_S + 3) is not None


def test_a_reader_that_takes_nothing_is_given_up(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    slow = _connect(dashboard, stack)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    large = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    with refusing(Limit.SEND_TIMEOUT, dashboard):
        for _ in range(4):
            slow.sendall(f"GET {large} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def test_an_idle_connection_is_closed_and_a_busy_one_stays(
    dashboard: DashboardProcess, stack: ExitStack
) -> None:
    idle = _connect(dashboard, stack)
    for _ in range(5):  # longer in all than any patience
        idle.sendall(b"GET /sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.5)
        assert idle.recv(100_000).startswith(b"HTTP/1.1 200")
    assert _is_closed_within(idle, 4.0) == b""


@pytest.mark.parametrize("method", [b"POST", b"GET"])
@pytest.mark.parametrize(
    "size",
    ["Transfer-Encoding: chunked", "Content-Length: 5\r\nTransfer-Encoding: chunked"],
    ids=["no size", "two sizes"],
)
def test_a_body_whose_size_is_not_stated_once_is_refused(
    dashboard: DashboardProcess, stack: ExitStack, size: str, method: bytes
) -> None:
    sender = _connect(dashboard, stack)
    head = _begun_post(dashboard, size).replace(b"POST", method)
    with refusing(Limit.BODY_BYTES, dashboard):
        sender.sendall(head + b"5\r\nhello\r\n0\r\n\r\n")
    assert sender.recv(1_000).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("path", ["/sign-in", "/_dash-update-component"])
def test_who_sends_too_much_gets_the_answer_in_place_of_a_reset(
    dashboard: DashboardProcess, stack: ExitStack, path: str
) -> None:
    """Behind a proxy it was 502."""
    sender = _connect(dashboard, stack)
    head = _begun_post(dashboard, "Content-Length: 900000").replace(b"/sign-in", path.encode())
    with refusing(Limit.BODY_BYTES, dashboard):
        sender.sendall(head + bytes(300_000))
        wait_until(lambda: _arrived(sender), "no answer comes")
        sender.sendall(bytes(600_000))
    answer = _is_closed_within(sender, 30)
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 413")


def test_what_is_no_http_writes_no_log(dashboard: DashboardProcess, stack: ExitStack) -> None:
    before = len(dashboard.log)
    for _ in range(50):
        _connect(dashboard, stack, "127.0.0.9").sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
    assert _page_s(dashboard) < 1.0
    assert len(dashboard.log) - before < 500


def test_a_forwarded_address_is_believed_of_a_configured_proxy_only(
    migrated_module_url: str, tmp_path: Path, dashboard: DashboardProcess
) -> None:
    # What follows the % was stored and logged, however long.
    claimed = "203.0.113.9, " * 900 + "198.51.100.7"
    with DashboardProcess(
        tmp_path, migrated_module_url, trusted_proxies=f"{LOOPBACK}/32"
    ) as trusting:
        for process in (dashboard, trusting):
            for forwarded in (claimed, "nobody", "\xff" * 300, "[::1", ",,,", ZONED):
                connection = http.client.HTTPConnection(LOOPBACK, process.port, timeout=10)
                headers = {
                    "X-Forwarded-For": forwarded,
                    "Origin": process.url,
                    "Content-Type": "application/x-www-form-urlencoded",
                }
                body = b"login=somebody&password=wrong"
                connection.request("POST", "/sign-in", body, headers)
                assert connection.getresponse().status in {403, 429}, (process.url, forwarded)
                connection.close()
        assert "sign-in refused from fe80::1: " in trusting.log
        assert "zone" not in trusting.log


def test_a_large_file_is_compressed_once(dashboard: DashboardProcess) -> None:
    path = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    times_s, bodies = [], set()
    for _ in range(6):
        connection = http.client.HTTPConnection(LOOPBACK, dashboard.port, timeout=10)
        began_s = time.monotonic()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        bodies.add(answer.read())
        times_s.append(time.monotonic() - began_s)
        assert answer.headers["Content-Encoding"] == "gzip"
        connection.close()
    assert len(bodies) == 1
    assert gzip.decompress(*bodies) == dashboard.get(path)[1]
    assert min(times_s[1:]) < times_s[0] / 3
