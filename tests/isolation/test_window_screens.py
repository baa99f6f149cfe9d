"""Maintenance over HTTP: its pages are the staff's."""

import pytest

from tests.fixtures.canaries import canaries_in
from tests.fixtures.tenants import PLANT, SEES
from tests.fixtures.web import Web
from tests.fixtures.web_calls import Caller

WINDOW = "00000000-0000-0000-0001-000000000003"
PAGES = ("/maintenance", f"/maintenance/{WINDOW}")


@pytest.mark.parametrize("viewer", ["alpha", "beta", "guest", "early", "Lobby"])
def test_the_pages_of_maintenance_are_not_there_for_others(web: Web, viewer: str) -> None:
    caller = Caller(web, viewer)
    for path in PAGES:
        for call in caller.pages(path, "?p=hall/alpha&w=24h"):
            body = web.call(viewer, call.body).body
            assert canaries_in(body, []) <= SEES[viewer]
            assert WINDOW.encode() not in body
            assert b"window-send" not in body


def test_staff_finds_a_window_with_its_reason_and_its_history(web: Web) -> None:
    for path in PAGES:
        (call,) = Caller(web, "engineer").pages(path)
        body = web.call("engineer", call.body).body
        assert PLANT in canaries_in(body, [])
        assert b"window-send" in body
