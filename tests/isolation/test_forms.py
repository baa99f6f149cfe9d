"""Each field of each form that a page holds, filled with what nobody would write.

The forms come from the pages as they are, so that a new one is tried without a change here.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.texts import text
from tests.fixtures.cells import cells
from tests.fixtures.forms import NOBODYS, NONSENSE, Form, forms_of
from tests.fixtures.web import Answer, Web, serving

# Each field gets every fortieth value, the next one those after them; or each gets all.
EVERY = cells((1, 40), quick={40})
WRITTEN, LATE = (text(key, "fi") for key in ("form.written", "alarms.superseded"))
OF_ANOTHER_BUTTON = "reason_retire"  # on the page of a definition, beside the form that changes it
CALM = {200, 204, 400, 413}
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND relname <> 'account_session' ORDER BY 1
"""
NAMED = (  # in all languages, as each site file does
    "UPDATE point SET name = name || jsonb_build_object('fi', name -> 'en', 'sv', name -> 'en')"
)
KINDS_MIN = 5  # definitions, the roster, windows, acts on alarms, those of a trial
ROWS_OF_A_FORM_MAX = 4  # beside the access log's line: an alarm, its definition, its point


@pytest.fixture(scope="module")
def web(migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Both companies in a dashboard that lets an account do as much in an hour as it can."""
    most = {"actions_per_hour_max": 10_000, "entries_per_hour_max": 1_000}
    with serving(migrated_module_url, tmp_path_factory.mktemp("web"), **most) as found:
        found.tenants.owner(NAMED)
        yield found


@pytest.fixture(scope="module")
def forms(web: Web) -> list[Form]:
    return forms_of(web, "engineer")


def _tables(web: Web, what: str) -> dict[str, Any]:
    names = [name for (name,) in web.tenants.owner(TABLES)]
    each = " UNION ALL ".join(f"SELECT '{name}', {what} FROM {name} t" for name in names)
    return dict(web.tenants.owner(each))


@pytest.mark.parametrize(
    "viewer",
    cells(("alpha", "guest", "Lobby", "Control room"), quick={"alpha", "Control room"}),
)
def test_a_form_of_engineers_sent_by_others_changes_nothing(
    web: Web, forms: list[Form], viewer: str
) -> None:
    digest = "md5(string_agg(t::text, '' ORDER BY t::text))"
    before = _tables(web, digest)
    for form in forms:
        for call in form.calls():
            answer = web.call(viewer, call.body)
            assert answer.status in CALM, (call.about, answer.text[:300])
    after = _tables(web, digest)
    own = {"access_log"} | (
        {"note", "trial_entry", "trial_writing"} if viewer == "alpha" else set()
    )
    assert {name for name, found in after.items() if found != before[name]} <= own
    theirs = "SELECT count(*) FROM {} WHERE trial_id IS DISTINCT FROM 1 AND account_id = 4"
    assert web.tenants.owner(theirs.format("note")) == [(0,)]
    assert web.tenants.owner(theirs.format("trial_entry")) == [(0,)]


def test_a_form_as_an_honest_person_fills_it_is_written(web: Web, forms: list[Form]) -> None:
    outcome: dict[str, bool] = {}
    for form in forms:
        if form.tells:
            answer = web.call("engineer", form.call().body)
            assert _said(answer), (form.key, answer.text[:500])
            kind = form.callback.output
            outcome[kind] = outcome.get(kind, False) or WRITTEN in _said(answer)
    assert len(outcome) >= KINDS_MIN
    assert all(outcome.values()), outcome


@pytest.mark.timeout(900)
@pytest.mark.parametrize("every", EVERY)
def test_no_field_of_a_form_makes_the_server_fail(web: Web, forms: list[Form], every: int) -> None:
    before, written, called = _tables(web, "count(*)"), 0, 0
    for number, (form, field) in enumerate(_fields(forms)):
        for value in NOBODYS[number % every :: every]:
            answer = web.call("engineer", form.call(field, value).body)
            about = (form.key[:2], field, repr(value)[:80], answer.status, answer.text[-500:])
            assert answer.status in CALM, about
            called += 1
            if answer.status == 200 and form.tells:
                assert _said(answer), about
                is_written = WRITTEN in _said(answer)
                written += is_written
                if any(value is one for one in NONSENSE):
                    assert not is_written, about
                    is_late = LATE in _said(answer)  # an earlier one was written
                    is_read = form.name_of(field) != OF_ANOTHER_BUTTON
                    assert field in _wrong(answer) or is_late or not (form.marks and is_read), about
    grown = {name: count - before[name] for name, count in _tables(web, "count(*)").items()}
    assert grown.pop("access_log") <= called
    assert sum(grown.values()) <= written * ROWS_OF_A_FORM_MAX, (written, grown)


def test_what_is_no_name_does_not_take_a_person_off_the_roster(web: Web, forms: list[Form]) -> None:
    one_by_one = [form for form in forms if form.tells and not form.marks]
    assert one_by_one
    for form in one_by_one:
        for value in (one for one in NONSENSE if not isinstance(one, str)):
            assert web.call("engineer", form.call(form.fields[0], value).body).status == 204


def _fields(forms: list[Form]) -> Iterator[tuple[Form, str]]:
    """Yield the fields of all forms; one that several have in common once."""
    seen = set()
    for form in forms:
        for field in form.fields:
            if (key := (*form.key[:2], form.name_of(field))) not in seen:
                seen.add(key)
                yield form, field


def _said(answer: Answer) -> str:
    """Return what stands beside the button, as it came."""
    response = json.loads(answer.body).get("response", {})
    said = [props.get("children") for name, props in response.items() if "-said" in name]
    return "".join(json.dumps(one, ensure_ascii=False) for one in said if one)


def _wrong(answer: Answer) -> set[str]:
    """Return the fields at which something is said."""
    changed = json.loads(answer.body).get("sideUpdate", {})
    return {name for name, props in changed.items() if props.get("error")}
