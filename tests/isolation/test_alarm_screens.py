"""Alarms over HTTP: pages, callbacks, badge, stream and export show a viewer its own only."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.texts import text
from tests.fixtures.canaries import canaries_in
from tests.fixtures.tenants import ALPHA, BETA, PLANT, SEES
from tests.fixtures.walk import Walk
from tests.fixtures.web import Web
from tests.fixtures.web_calls import Caller

OWN = {"alpha": 3, "beta": 4}
COMPANIES = tuple(OWN)
OTHERS = ("guest", "early", "Lobby")
PAGES = ("/alarms", "/alarms/journal", "/alarms/performance")
CSV = "/alarms/journal.csv"
UNKNOWN = "00000000-0000-0000-0000-0000000000ff"
STAND = "UPDATE alarm_state SET state = 'unacknowledged', is_acknowledged = false"


def _uuid(number: int) -> str:
    return f"00000000-0000-0000-0000-00000000000{number}"


@pytest.fixture(scope="module", autouse=True)
def standing(web: Web) -> None:
    """Let all alarms stand, so that they are in the list and in the badge."""
    web.tenants.owner("DELETE FROM alarm_act WHERE kind = 'acknowledge'")
    web.tenants.owner(STAND)
    web.tenants.owner("UPDATE alarm_occurrence SET acknowledged_at = NULL, acknowledged_by = NULL")


def _texts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    else:
        yield value


def _badge(layout: bytes) -> dict[str, Any]:
    found = [
        text
        for text in _texts(json.loads(layout))
        if isinstance(text, str) and text.startswith('{"counts"')
    ]
    return json.loads(found[0])


@pytest.mark.parametrize("viewer", [*COMPANIES, *OTHERS])
def test_a_page_of_alarms_shows_nothing_of_others(web: Web, viewer: str) -> None:
    walk, caller = Walk(web, viewer), Caller(web, viewer)
    paths = [*PAGES, *(f"/alarms/{_uuid(number)}" for number in range(1, 6))]
    for path in paths:
        for search in ("", "?show=aside", "?q=CANARY"):
            for call in caller.pages(path, search):
                walk.call(call)
    assert walk.seen <= SEES[viewer]


@pytest.mark.parametrize("viewer", COMPANIES)
def test_a_company_finds_its_own_alarm_in_the_list_and_in_the_journal(
    web: Web, viewer: str
) -> None:
    caller = Caller(web, viewer)
    for path in ("/alarms", "/alarms/journal", f"/alarms/{_uuid(OWN[viewer])}"):
        (call,) = caller.pages(path)
        body = web.call(viewer, call.body).body
        assert canaries_in(body, []) & {ALPHA, BETA, PLANT} == SEES[viewer], path


@pytest.mark.parametrize(
    ("viewer", "count"), [("alpha", 1), ("beta", 1), ("guest", 0), ("Lobby", 0), ("operator", 5)]
)
def test_the_badge_counts_what_the_viewer_may_see(web: Web, viewer: str, count: int) -> None:
    known = _badge(web.ask(viewer, "/_dash-layout").body)
    assert known["urgent"] == count
    assert known["counts"] == ({"high": [count, count]} if count else {})


@pytest.mark.parametrize(("viewer", "count"), [("alpha", 1), ("Lobby", 0), ("operator", 5)])
def test_the_stream_counts_what_the_viewer_may_see(web: Web, viewer: str, count: int) -> None:
    with web.stream(viewer) as stream:
        heard = b""
        while f'"urgent":{count},'.encode() not in heard:
            line = stream.readline()
            assert line, heard[-2000:]
            if line.startswith(b"data: ") and b'"urgent"' in line:
                heard += line
    last = json.loads(heard.splitlines()[-1].removeprefix(b"data: "))
    assert sum(standing for standing, _ in last["counts"].values()) == count


@pytest.mark.parametrize("viewer", COMPANIES)
def test_the_export_of_a_company_holds_its_own_events_without_people(web: Web, viewer: str) -> None:
    answer = web.ask(viewer, CSV)
    assert answer.status == 200
    assert canaries_in(answer.body, []) <= SEES[viewer]
    lines = answer.text.strip().splitlines()
    assert len(lines) == 3  # its names, raised, acknowledged
    assert "comment" in lines[0]
    assert "PLANT" not in answer.text
    logged = web.tenants.owner(
        "SELECT count(*) FROM access_log JOIN account USING (account_id)"
        " WHERE login = %s AND action = 'export' AND object LIKE '%%alarms%%'",
        viewer,
    )
    assert logged[0][0] >= 1


@pytest.mark.parametrize("viewer", ["guest", "early", "Lobby", "Control room"])
def test_who_takes_nothing_home_gets_no_export(web: Web, viewer: str) -> None:
    answer = web.ask(viewer, CSV)
    assert (answer.status, canaries_in(answer.body, [])) == (403, set())


@pytest.mark.parametrize("viewer", [*COMPANIES, *OTHERS])
def test_an_alarm_of_others_is_answered_like_one_that_is_not_there(web: Web, viewer: str) -> None:
    caller = Caller(web, viewer)
    (nothing,) = caller.pages(f"/alarms/{UNKNOWN}")
    there = web.call(viewer, nothing.body)
    for number in {1, 2, 3, 4, 5} - {OWN.get(viewer, 0)}:
        path = f"/alarms/{_uuid(number)}"
        assert web.ask(viewer, path).status == web.ask(viewer, f"/alarms/{UNKNOWN}").status == 404
        (call,) = caller.pages(path)
        answer = web.call(viewer, call.body)
        assert answer.text.replace(_uuid(number), UNKNOWN) == there.text


def _click(output: str, seen: dict[str, Any]) -> dict[str, Any]:
    return {
        "output": output,
        "outputs": {"id": "alarm-all-said", "property": "children"},
        "inputs": [{"id": "alarm-seen", "property": "data", "value": seen}],
        "changedPropIds": ["alarm-seen.data"],
    }


def _acknowledge(web: Web, viewer: str, *occurrences: str) -> str:
    """Send what the button of the list sends, for any occurrences."""
    (one,) = (c for c in Caller(web, viewer).callbacks if c.output == "alarm-all-said.children")
    answer = web.call(viewer, _click(one.output, {"occurrences": occurrences, "at": 1}))
    return str(json.loads(answer.body))


@pytest.mark.parametrize("viewer", [*COMPANIES, *OTHERS, "Control room"])
def test_who_does_not_answer_alarms_acknowledges_nothing(web: Web, viewer: str) -> None:
    before = web.tenants.owner("SELECT count(*) FROM alarm_act")
    for number in (OWN.get(viewer, 3), 2):
        said = _acknowledge(web, viewer, _uuid(number))
        assert text("alarms.not_allowed", "fi") in said
    assert web.tenants.owner("SELECT count(*) FROM alarm_act") == before


def test_an_act_is_in_the_access_log_with_its_person_and_twice_is_no_error(web: Web) -> None:
    first = _acknowledge(web, "operator", _uuid(1), _uuid(2))
    assert text("alarms.acknowledged", "fi", count=2) in first
    second = _acknowledge(web, "engineer", _uuid(1), _uuid(2))
    assert text("alarms.acknowledged_before", "fi", count=2) in second
    logged = web.tenants.owner(
        "SELECT login, detail ->> 'count' FROM access_log JOIN account USING (account_id)"
        " WHERE object = 'alarm_acknowledge' AND action = 'change' ORDER BY access_log.at"
    )
    assert logged == [("operator", "2"), ("engineer", "2")]
