"""Operators look while hundreds of pages of guests get live values, each by a session of its own.

More pages than we ship room for: what a page costs must not reach the operators at any number.
"""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.stack.ports import LOOPBACK
from tests.fixtures.felt import Operator
from tests.fixtures.many_guests import guest_cookies
from tests.fixtures.web import Web, serving

GUESTS = 45
PAGES_EACH = 20
COMMIT_INTERVAL_S = 0.5
WATCHED_S = 15.0
CONNECT_TIMEOUT_S = 60.0
ADDRESSES = 40
COMMIT = "UPDATE latest SET ts = now(), value = %s"


@pytest.fixture
def web(migrated_url: str, tmp_path: Path) -> Iterator[Web]:
    room = {
        "connections_max": 3_000,
        "streams_max": 2_000,
        "streams_of_guests_max": 1_900,
    }
    with serving(migrated_url, tmp_path, **room) as found:
        yield found


@pytest.mark.slow
def test_nine_hundred_pages_of_guests_are_not_felt(web: Web) -> None:
    web.close()
    operator = Operator(web, f"http://{LOOPBACK}:{web.dashboard.port}")
    with _committing(web), _pages_of_guests(web) as frames, operator.looking() as times_s:
        before, began_s = frames(), time.monotonic()
        time.sleep(WATCHED_S)
        rate = (frames() - before) / (time.monotonic() - began_s)
    print(f"\n{rate:.0f} frames a second to {GUESTS * PAGES_EACH} pages")
    assert rate > GUESTS * PAGES_EACH / 10, "the pages of guests get no values any more"
    operator.check(times_s)


@contextmanager
def _committing(web: Web) -> Iterator[None]:
    """Change all values twice a second, as the ingest does."""
    done = threading.Event()

    def commit() -> None:
        with psycopg.connect(web.tenants.url, autocommit=True) as connection:
            number = 0
            while not done.wait(COMMIT_INTERVAL_S):
                number += 1
                with connection.transaction():
                    connection.execute(COMMIT, (number,))
                    connection.execute("SELECT pg_notify('virtaama_commit', '')")

    thread = threading.Thread(target=commit)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _pages_of_guests(web: Web) -> Iterator["_Counter"]:
    """Open all pages and read what comes to them; yields what counts the frames."""
    with ExitStack() as opened:
        counter = opened.enter_context(_Counter())
        for number, cookie in enumerate(guest_cookies(web, GUESTS, sessions_each=PAGES_EACH)):
            page = opened.enter_context(socket.socket())
            page.settimeout(CONNECT_TIMEOUT_S)
            page.bind((f"127.0.4.{number % ADDRESSES + 1}", 0))
            page.connect((LOOPBACK, web.dashboard.port))
            head = f"GET /live HTTP/1.1\r\nHost: here\r\nCookie: {cookie}\r\n\r\n"
            page.sendall(head.encode())
            assert page.recv(10_000).startswith(b"HTTP/1.1 200")
            counter.add(page)
        yield counter


class _Counter:
    """Reads all pages in one thread and counts the events that came to them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._count = 0
        self._done = False
        self._thread = threading.Thread(target=self._read)

    def __call__(self) -> int:
        return self._count

    def add(self, page: socket.socket) -> None:
        page.setblocking(False)
        self._selector.register(page, selectors.EVENT_READ)

    def __enter__(self) -> "_Counter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done = True
        self._thread.join()
        self._selector.close()

    def _read(self) -> None:
        while not self._done:
            for key, _ in self._selector.select(0.1):
                page = key.fileobj
                assert isinstance(page, socket.socket)
                data = page.recv(100_000)
                if not data:
                    self._selector.unregister(page)
                self._count += data.count(b"event: values")
