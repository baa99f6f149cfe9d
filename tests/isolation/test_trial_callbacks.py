"""The callbacks of a trial's page, asked with what no page of ours would send.

Whatever comes in, the answer is a sentence, nothing, or one's own data: never a fault of the
server, and never a word of another company.
"""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboard.auth.session_cache import SESSION_COOKIE
from deploy.stack.ports import LOOPBACK
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.people import signed_in
from tests.fixtures.tenants import BETA, PLANT, Tenants, seed

OWN, THEIRS = "point-3", "point-4"
SCREEN = {"width_px": 1_600}
FOREIGN = (BETA, PLANT, "31337", "27182")
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2, 999, 2**63, 1e308, "", "2", "2; DROP TABLE note", "\0", "../2", [], {},
    {"trial": 2}, [[2]], "9" * 400,
)  # fmt: skip
NOW = "2026-11-25T12:00"
HELSINKI = ZoneInfo("Europe/Helsinki")
NEW_FACTS = {
    "company": "1",
    "name_fi": "x",
    "name_sv": "x",
    "name_en": "x",
    "stream": "permeate",
    "first_day": "2026-01-01",
    "last_day": "2099-01-01",
    "points": ["2", "4"],
}


def _short(value: Any) -> str:
    return repr(value)[:24]


@dataclass(frozen=True)
class Asker:
    """Sends callbacks as somebody who has a session and a debugger."""

    tenants: Tenants
    dashboard: DashboardProcess
    tokens: dict[str, str]

    def ask(
        self, who: str, outputs: list[Any], inputs: list[Any], state: list[Any]
    ) -> tuple[int, str]:
        payload = {
            "output": f"..{'...'.join(map(_wildcard, outputs))}..",
            "outputs": outputs,
            "inputs": inputs,
            "state": state,
            "changedPropIds": [f"{_text(inputs[0]['id'])}.{inputs[0]['property']}"],
        }
        connection = http.client.HTTPConnection(LOOPBACK, self.dashboard.port, timeout=30)
        headers = {
            "Cookie": f"{SESSION_COOKIE}={self.tokens[who]}",
            "Content-Type": "application/json",
            "Origin": self.dashboard.url,
        }
        connection.request("POST", "/_dash-update-component", json.dumps(payload), headers)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(errors="replace")
        connection.close()
        return found

    def graph(self, who: str, trial: Any, group: Any, window: Any = "24h") -> tuple[int, str]:
        place = {"trial": trial, "group": group}
        kinds = (("graph", "children"), ("legend", "children"))
        kinds += (("note", "children"), ("tools", "children"))
        return self.ask(
            who,
            [_prop(f"trial-{kind}", place, name) for kind, name in kinds],
            [*_shared(trial, window)],
            [_prop("trial-graph", place, "id", {"type": "trial-graph", **place})],
        )

    def compare(
        self, who: str, trial: Any, values: tuple[Any, Any, Any, Any], screen: Any = SCREEN
    ) -> tuple[int, str]:
        place = {"trial": trial}
        kinds = (("graph", "children"), ("legend", "children"))
        kinds += (("note", "children"),)
        chosen = zip(
            ("pilot", "reference", "delay", "relative"),
            ("value", "value", "value", "checked"),
            values,
            strict=True,
        )
        return self.ask(
            who,
            [_prop(f"compare-{kind}", place, name) for kind, name in kinds],
            [
                *_shared(trial, "24h", screen),
                *(_prop(f"compare-{kind}", place, name, value) for kind, name, value in chosen),
            ],
            [_prop("compare-graph", place, "id", {"type": "compare-graph", **place})],
        )

    def send(self, who: str, form: Any, trial: Any, fields: dict[str, Any]) -> tuple[int, str]:
        place = {"form": form, "trial": trial}
        ids = [{"type": "form-field", "field": name, **place} for name in fields]
        return self.ask(
            who,
            [
                _prop("form-said", place, "children"),
                [{"id": one, "property": "value"} for one in ids],
            ],
            [_prop("form-send", place, "n_clicks", 1)],
            [
                [
                    {"id": one, "property": "value", "value": value}
                    for one, value in zip(ids, fields.values(), strict=True)
                ],
                [{"id": one, "property": "id", "value": one} for one in ids],
            ],
        )


def _text(element: Any) -> str:
    if isinstance(element, str):
        return element
    return json.dumps(element, sort_keys=True, separators=(",", ":"))


def _wildcard(output: Any) -> str:
    """Return the name of an output as its callback was registered."""
    one = output[0] if isinstance(output, list) else output
    element = {name: ["MATCH"] for name in one["id"]} | {"type": one["id"]["type"]}
    if isinstance(output, list):
        element["field"] = ["ALL"]
    return f"{_text(element)}.{one['property']}"


def _prop(kind: str, place: dict[str, Any], name: str, value: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": {"type": kind, **place}, "property": name}
    return found if value is None else found | {"value": value}


def _shared(trial: Any, window: Any, screen: Any = SCREEN) -> list[dict[str, Any]]:
    return [
        {"id": "screen", "property": "data", "value": screen},
        {"id": "tick", "property": "data"},
        _prop("trial-window", {"trial": trial}, "value", window),
        _prop("trial-marks", {"trial": trial}, "data"),
    ]


@pytest.fixture(scope="module")
def asker(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    tenants = seed(migrated_module_url)
    people = {"anna": ("company_member", "alpha"), "engineer2": ("engineer", None)}
    tokens = {login: signed_in(tenants.url, login, *rest) for login, rest in people.items()}
    with DashboardProcess(tmp_path_factory.mktemp("tampered"), tenants.url) as dashboard:
        yield Asker(tenants, dashboard, tokens)
        assert "Traceback" not in dashboard.log, dashboard.log


def _is_calm(answer: tuple[int, str]) -> bool:
    status, body = answer
    # 400 where no page of ours would have sent it.
    return status in {200, 204, 400} and not any(word in body for word in FOREIGN)


def test_the_honest_question_is_answered(asker: Asker) -> None:
    status, body = asker.graph("anna", 1, OWN)
    assert status == 200
    assert "ALPHA-CANARY name" in body
    status, body = asker.compare("anna", 1, ("hall/alpha", "main/reference", 30, True))
    assert status == 200
    assert "+30" in body
    status, body = asker.send("anna", "note", 1, {"body": "Honest", "from_at": NOW})
    assert status == 200
    assert "Tallennettu" in body


def test_another_trial_is_no_trial(asker: Asker) -> None:
    theirs, none = (json.loads(asker.graph("anna", trial, THEIRS)[1]) for trial in (2, 999))
    said = [list(found["response"].values()) for found in (theirs, none)]
    assert said[0] == said[1]
    assert {"children": "Koeajoa ei ole"} in said[0]


@pytest.mark.parametrize("odd", ODD, ids=_short)
def test_odd_places_are_nowhere(asker: Asker, odd: Any) -> None:
    assert _is_calm(asker.graph("anna", odd, OWN))
    assert _is_calm(asker.graph("anna", 1, odd))
    assert _is_calm(asker.graph("anna", 1, OWN, odd))
    assert _is_calm(asker.compare("anna", odd, ("hall/alpha", "main/reference", 0, True)))


@pytest.mark.parametrize("odd", [*ODD, "hall/beta", "main/plant"], ids=_short)
def test_odd_points_delays_and_screens_are_nothing(asker: Asker, odd: Any) -> None:
    assert _is_calm(asker.compare("anna", 1, (odd, "main/reference", 0, False)))
    assert _is_calm(asker.compare("anna", 1, ("hall/alpha", odd, 0, False)))
    assert _is_calm(asker.compare("anna", 1, ("hall/alpha", "main/reference", odd, odd)))
    assert _is_calm(
        asker.compare("anna", 1, ("hall/alpha", "main/reference", 0, False), {"width_px": odd})
    )
    assert _is_calm(asker.compare("anna", 1, ("hall/alpha", "main/reference", 0, False), odd))


@pytest.mark.parametrize("odd", ODD, ids=_short)
def test_odd_forms_write_nothing(asker: Asker, odd: Any) -> None:
    before = asker.tenants.owner("SELECT count(*) FROM note")
    fields = {"body": "Odd", "from_at": NOW, "to_at": "", "point": None}
    assert _is_calm(asker.send("anna", odd, 1, fields))
    assert _is_calm(asker.send("anna", "note", odd, fields))
    for name in ("from_at", "to_at", "point"):
        answer = asker.send("anna", "note", 1, fields | {name: odd})
        assert _is_calm(answer)
    after = asker.tenants.owner("SELECT count(*) FROM note WHERE trial_id IS DISTINCT FROM 1")
    assert after == [(2,)], before


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("end", {"effective_at": NOW, "reason": "x"}),
        ("revoke", {"effective_at": NOW, "reason": "x"}),
        ("guest", {"guest": "6", "until_at": "2027-01-01T00:00", "under_embargo": "yes"}),
        ("entry", {"kind": "revoke", "title": "x", "from_at": NOW}),
        ("withdraw", {"reason": "x"}),
        ("uninvite", {"invited": "6"}),
        ("change", NEW_FACTS),
        (
            "trial",
            {"line": "2", "key": "mine", **NEW_FACTS},
        ),
    ],
)
def test_a_company_leads_no_trial_not_even_its_own(
    asker: Asker, form: str, fields: dict[str, Any]
) -> None:
    tables = ("trial", "trial_entry", "trial_guest", "trial_point")
    before = [asker.tenants.owner(f"SELECT count(*) FROM {name}") for name in tables]
    for trial in (0, 1, 2):
        status, body = asker.send("anna", form, trial, fields)
        assert status == 200
        assert "warn" in body
    assert before == [asker.tenants.owner(f"SELECT count(*) FROM {name}") for name in tables]


def test_what_is_refused_is_in_the_access_log_without_the_trial(asker: Asker) -> None:
    asker.send("anna", "note", 2, {"body": "Not mine", "from_at": NOW})
    asker.send("anna", "note", 999, {"body": "Not there", "from_at": NOW})
    found = asker.tenants.owner(
        "SELECT object, trial_id FROM access_log JOIN account USING (account_id)"
        " WHERE login = 'anna' AND action = 'refused' ORDER BY at DESC LIMIT 2"
    )
    assert found == [("note", None), ("note", None)]


def test_an_engineer_ends_a_trial_and_moves_an_end_that_was_wrong(asker: Asker) -> None:
    def end(at: str, moves: str | None) -> datetime:
        fields = {"effective_at": at, "reason": "Pump failed", "moves": moves}
        assert "Tallennettu" in asker.send("engineer2", "end", 2, fields)[1]
        (found,) = asker.tenants.rows(
            "engineer", "SELECT ends_at FROM visible.trial WHERE trial_id = 2"
        )
        return found[0].astimezone(HELSINKI).replace(tzinfo=None)

    # At noon: a time of the night may come twice, or never.
    yesterday = datetime.now(HELSINKI).date() - timedelta(days=1)
    early, late = (datetime.combine(yesterday, time(hour)) for hour in (12, 13))
    assert end(early.isoformat(), None) == early
    entry = asker.tenants.owner("SELECT public_id FROM trial_entry WHERE kind = 'end'")[0][0]
    assert end(late.isoformat(), str(entry)) == late
    assert "Koeajoa ei ole" in asker.graph("anna", 2, THEIRS)[1]


def test_an_uninvited_guest_and_a_withdrawn_trial_are_in_the_access_log(asker: Asker) -> None:
    facts = NEW_FACTS | {"first_day": "2190-01-01", "last_day": "2190-02-01"}
    made = asker.send("engineer2", "trial", 0, {"line": "2", "key": "log", **facts})[1]
    number = int(re.findall(r"trials\\u002f(\d+)", made)[0])
    guest = str(asker.tenants.owner("SELECT account_id FROM account WHERE login = 'guest'")[0][0])
    fields = {"guest": guest, "until_at": "2190-01-10T00:00", "under_embargo": "no"}
    for form, sent in (
        ("guest", fields),
        ("uninvite", {"invited": guest}),
        ("uninvite", {"invited": guest}),  # nobody is there any more
        ("withdraw", {"reason": None}),
        ("withdraw", {"reason": None}),
    ):
        asker.send("engineer2", form, number, sent)
    logged = asker.tenants.owner(
        "SELECT login, action, object, trial_id = %s"
        " FROM access_log JOIN account USING (account_id)"
        " WHERE login = 'engineer2' ORDER BY at DESC LIMIT 6",
        number,
    )
    assert logged[::-1] == [
        ("engineer2", "change", "trial", True),
        ("engineer2", "change", "guest", True),
        ("engineer2", "change", "uninvite", True),
        ("engineer2", "refused", "uninvite", None),
        ("engineer2", "change", "withdraw", True),
        ("engineer2", "refused", "withdraw", None),
    ]
    seen = "SELECT object FROM visible.access_log WHERE trial_id = %s"
    assert ("withdraw",) in asker.tenants.rows("administrator", seen, number)
    assert asker.tenants.rows("alpha", seen, number) == []  # it never began
