"""What the proxies of the docs hand on: every answer whole, and what is theirs to say."""

import http.client
import ssl
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from deploy.stack.ports import LOOPBACK
from tests.fixtures.between import Between
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.reverse_proxy import PREFIX, caddy, nginx, samples

ANSWER_BYTES = 9_799  # more than Caddy sends at once
# Caddy 2.6.2 without its buffer cut 1 answer of 500 to requests with a body if the answer came at
# once (1 of 4 500 pages of the dashboard).
REQUESTS = 3_000
_START = {"nginx": nginx, "caddy": caddy}
TLS = Path(__file__).parents[1] / "fixtures/tls"
CERTIFIED = {name: (TLS / f"{name}.pem").read_text("utf-8") for name in ("certificate", "key")}
HSTS = "Strict-Transport-Security"
BROWSER, CLAIMED = "127.0.0.7", "203.0.113.9"


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


@pytest.fixture(scope="module")
def dashboard(
    migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DashboardProcess]:
    folder = tmp_path_factory.mktemp("behind")
    with DashboardProcess(folder, migrated_module_url, trusted_proxies=LOOPBACK) as found:
        yield found


@pytest.mark.parametrize("proxy", _START)
def test_whoever_asks_through_a_proxy_does_not_say_from_where_nor_over_what(
    between: Between, dashboard: DashboardProcess, proxy: str
) -> None:
    plain, guarded = (
        _START[proxy](between, samples(proxy)[0], dashboard.port, certified)
        for certified in (None, CERTIFIED)
    )
    for forged in ({}, _forged("https"), _forged("http")):
        assert HSTS not in _asked(plain, forged).headers
        assert len(_asked(guarded, forged).headers.get_all(HSTS, [])) == 1
    before = len(dashboard.log)
    for address in (plain, guarded):
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": address}
        assert _asked(address, _forged("https") | form, b"login=x&password=y").status == 403
    told = dashboard.log[before:]
    assert told.count(f"sign-in refused from {BROWSER}:") == 2
    assert CLAIMED not in told


def _forged(scheme: str) -> dict[str, str]:
    return {
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-For": CLAIMED,
        "Forwarded": f"for={CLAIMED};proto={scheme}",
        "X-Real-IP": CLAIMED,
    }


def _asked(
    address: str, headers: dict[str, str], form: bytes | None = None
) -> http.client.HTTPResponse:
    """Ask for the page of the way in, or send its form, from an address that is no proxy's."""
    target = urlsplit(address)
    source = (BROWSER, 0)
    if target.scheme == "https":
        context = ssl.create_default_context(cafile=TLS / "certificate.pem")
        context.check_hostname = False
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            target.netloc, timeout=30, source_address=source, context=context
        )
    else:
        connection = http.client.HTTPConnection(target.netloc, timeout=30, source_address=source)
    connection.request("GET" if form is None else "POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer
