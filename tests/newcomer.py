"""What a newcomer does by hand: `make demo`, sign in with a printed password, look, Ctrl-C.

Run in a clone, with any Python 3.11 or newer and nothing installed: `python3 tests/newcomer.py`.
Ends with 0 if the first page shows values, and says what it saw.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from threading import Timer
from typing import Any

START_MAX_S = 900.0  # downloads included
STOP_MAX_S = 60.0
ANSWER_MAX_S = 30.0
VALUES_MIN = 20
READY = "Ctrl-C stops everything"


class Visitor:
    """A browser without scripts: keeps cookies and follows redirects."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._site = ""  # what stands before every path for who sees several sites
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> Any:
        """Return an open answer; raises urllib.error.HTTPError for what is not a success."""
        headers = {"Accept": "text/html", "Origin": self._address}
        if kind:
            headers["Content-Type"] = kind
        request = urllib.request.Request(self._address + path, body, headers)
        return self._opener.open(request, timeout=ANSWER_MAX_S)

    def sign_in(self, login: str, password: str) -> None:
        """Send the form; whoever is let in stands on the first page afterwards."""
        form = urllib.parse.urlencode({"login": login, "password": password, "next": "/"})
        with self.ask("/sign-in", form.encode(), "application/x-www-form-urlencoded") as answer:
            page = answer.read().decode()
            path = urllib.parse.urlsplit(answer.url).path
            assert re.fullmatch(r"(/site/[\w-]+)?/", path), answer.url
            self._site = path.rstrip("/")
            assert "_dash-config" in page, page[:500]

    def points_on_the_first_page(self) -> set[str]:
        """Return the numbers of the points that the overview has tiles for."""
        with self.ask(f"{self._site}/_dash-dependencies") as answer:
            callbacks = json.load(answer)
        router = next(
            one
            for one in callbacks
            if any(sent["id"] == "_pages_location" for sent in one["inputs"])
            and not one["clientside_function"]
        )
        values = {"pathname": "/", "search": ""}
        ids = [part.rpartition(".") for part in router["output"].strip(".").split("...")]
        call = {
            "output": router["output"],
            "outputs": [{"id": name, "property": prop} for name, _, prop in ids],
            "inputs": [sent | {"value": values[sent["property"]]} for sent in router["inputs"]],
            "state": router["state"],
            "changedPropIds": ["_pages_location.pathname"],
        }
        sent = json.dumps(call).encode()
        with self.ask(f"{self._site}/_dash-update-component", sent, "application/json") as answer:
            return set(re.findall(r'"data-point": ?"(\d+)"', answer.read().decode()))

    def values_of(self, points: set[str]) -> list[float]:
        """Return the newest values of these points, when there are enough or nothing more comes."""
        known: dict[str, Any] = {}
        deadline_s = time.monotonic() + ANSWER_MAX_S
        with self.ask(f"{self._site}/live") as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    known |= json.loads(line.removeprefix(b"data: ")).get("points", {})
                found = [known[point][1] for point in points & known.keys()]
                values = [value for value in found if value is not None]
                if len(values) >= VALUES_MIN or time.monotonic() > deadline_s:
                    return values
        raise AssertionError("the stream ended")


def look(said: str) -> None:
    """Sign in with what the demonstration said, and count the values on the first page."""
    address = re.search(r"http://[\d.:]+/", said)
    person = re.search(r"sign in as (\S+) +with (\S+)", said)
    assert address, said
    assert person, said
    visitor = Visitor(address[0])
    visitor.sign_in(person[1], person[2])
    points = visitor.points_on_the_first_page()
    values = visitor.values_of(points)
    print(f"newcomer: signed in as {person[1]}; {len(values)} of {len(points)} points have a value")
    assert len(values) >= VALUES_MIN


def main() -> None:
    """Run `make demo` from start to end."""
    began_s = time.monotonic()
    demo = subprocess.Popen(
        ["make", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    assert demo.stdout is not None
    too_late = Timer(START_MAX_S, os.killpg, (demo.pid, signal.SIGKILL))
    too_late.start()
    said = ""
    for line in demo.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        said += line
        if READY in line:
            break
    too_late.cancel()
    try:
        assert READY in said, "the demonstration did not start"
        print(f"newcomer: the demonstration stood after {time.monotonic() - began_s:.0f} s")
        look(said)
    finally:
        os.killpg(demo.pid, signal.SIGINT)  # as Ctrl-C does
        rest, _ = demo.communicate(timeout=STOP_MAX_S)
        sys.stdout.write(rest)
    assert "stopped" in rest, "it was not stopped in order"


if __name__ == "__main__":
    main()
