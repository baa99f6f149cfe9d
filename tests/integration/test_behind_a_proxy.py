"""What the proxies of the docs hand on: every answer whole."""

import http.client
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from deploy.stack.ports import LOOPBACK
from tests.fixtures.between import Between
from tests.fixtures.reverse_proxy import PREFIX, caddy, nginx, samples

ANSWER_BYTES = 9_799  # more than Caddy sends at once
# Caddy 2.6.2 without its buffer cut 1 answer of 500 to requests with a body if the answer came at
# once (1 of 4 500 pages of the dashboard).
REQUESTS = 3_000
_START = {"nginx": nginx, "caddy": caddy}


class _AtOnce(BaseHTTPRequestHandler):
    """Answers as soon as it has the body."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(ANSWER_BYTES))
        self.end_headers()
        self.wfile.write(bytes(ANSWER_BYTES))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def at_once() -> Iterator[int]:
    """The port of a server whose answers come as fast as can be."""
    with ThreadingHTTPServer((LOOPBACK, 0), _AtOnce) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", [0, 1], ids=["own name", "below a path"])
@pytest.mark.parametrize("proxy", _START)
def test_no_answer_breaks_off_in_the_middle(
    between: Between, at_once: int, proxy: str, path: int
) -> None:
    address = _START[proxy](between, samples(proxy)[path], at_once)
    target = f"{('', PREFIX)[path]}/_dash-update-component"
    came = Counter(_received_bytes(address, target) for _ in range(REQUESTS))
    assert came == {ANSWER_BYTES: REQUESTS}


def _received_bytes(address: str, path: str) -> int:
    """Return how much of an answer comes to a browser that has just connected."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request("POST", path, bytes(4_000))
        return len(connection.getresponse().read())
    except http.client.IncompleteRead as error:
        return len(error.partial)
    finally:
        connection.close()
