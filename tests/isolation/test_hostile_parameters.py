"""Control and foreign characters in every parameter of every route: refused or ignored.

Routes come from the running app; the names of queries and of forms' fields from what the program
reads of a request, so that a new one is tried without a change here.
"""

import json
import re
import urllib.parse
from pathlib import Path

import pytest

from dashboard.sign_in.paths import is_open
from tests.fixtures.cells import cells
from tests.fixtures.walk import Walk
from tests.fixtures.web import NOBODY, Web
from tests.fixtures.web_map import app_map

ROOT = Path(__file__).parents[2] / "dashboard"
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.rglob("*.py")))
READ = re.compile(
    r"query_params\.get\(\s*\"(\w+)\"|field_of\(\s*\w+,\s*\"(\w+)\"|fields\.get\(\s*\"(\w+)\""
)
NAMES = sorted({name for found in READ.findall(SOURCES) for name in found if name})
# As they stand in an address: alone, in the middle, and as bytes that are no UTF-8.
HOSTILE = (
    *("%00", "%0a", "%0d%0aX-Evil:%201", "%1b%5b2J", "%7f", "%85", "%ff", "%c0%af", "%ed%a0%80"),
    *("%e2%80%ae", "%e2%81%a6", "%e2%80%a8", "%ef%bf%bf", "%f4%8f%bf%bf", "%d7%a9%d7%9c%d7%95"),
    *("%e6%b0%b4", "%f0%9f%92%a7", "%cc%81" * 50, "%25", "%2500", "%u0041", "%", "+", "%20"),
    *("-1", "0", "1e999", "NaN", "99999999999999999999", "%D9%A1", "%C2%B2", "true", "[]", "{}"),
    *("..%2f", "%5c", "%22%3e%3cscript%3e", "%27%3b--", "a" * 3000, "__proto__", "%7b0%7d"),
)
VIEWERS = (NOBODY, "engineer")
# Each address gets every fourth value, the next address those after them; or each gets all.
EVERY = cells((1, 4), quick={4})


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("every", EVERY)
def test_no_character_in_a_path_makes_a_route_fail(web: Web, viewer: str, every: int) -> None:
    walk, found = Walk(web, viewer), app_map(web.tenants.url)
    paths = {re.sub(r"<[^>]*>", "{}", path) for path in found.pages}
    paths |= {path for _, path in found.routes}
    open_to = sorted(path for path in paths if viewer != NOBODY or is_open(path))
    filled = {
        f"/{each.lstrip('/')}"
        for number, path in enumerate(open_to)
        for value in HOSTILE[number % every :: every]
        for each in (re.sub(r"\{[^}]*\}", value, path), f"{path.rstrip('/')}/{value}", value)
    }
    for address in sorted(each for each in filled if "{" not in each):
        walk.judge(f"GET {address}", web.ask(viewer, address), address)


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("every", EVERY)
def test_no_character_in_a_query_makes_a_route_fail(web: Web, viewer: str, every: int) -> None:
    assert {"token", "next", "language", "state", "code", "p", "w", "from"} <= set(NAMES)
    walk, found = Walk(web, viewer), app_map(web.tenants.url)
    paths = {re.sub(r"\{[^}]*\}|<[^>]*>", "1", path) for _, path in found.routes}
    paths |= {re.sub(r"<[^>]*>", "1", path) for path in found.pages}
    open_to = sorted(path for path in paths if viewer != NOBODY or is_open(path))
    for number, path in enumerate(open_to):
        for value in HOSTILE[number % every :: every]:
            for query in (
                "&".join(f"{name}={value}" for name in NAMES),
                f"{value}={value}&{value}",
            ):
                address = f"{path}?{query}"
                answer = web.ask(viewer, address)
                walk.judge(f"GET {address[:200]}", answer, urllib.parse.unquote(address))
                assert "X-Evil" not in answer.headers
                web.revive(viewer, answer)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_no_character_in_a_form_makes_a_route_fail(web: Web, viewer: str) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    walk = Walk(web, viewer)
    for method, path in app_map(web.tenants.url).routes:
        if method == "POST":
            address = re.sub(r"\{[^}]*\}", "1", path)
            for value in HOSTILE:
                body = "&".join(f"{name}={value}" for name in NAMES).encode()
                answer = web.ask(viewer, address, method="POST", body=body, headers=kind)
                walk.judge(f"POST {address} {value}", answer, urllib.parse.unquote(value))
                web.revive(viewer, answer)


@pytest.mark.parametrize("viewer", ["alpha", "operator"])
def test_what_runs_in_the_browser_alone_cannot_be_called_from_outside(
    web: Web, viewer: str
) -> None:
    declared = json.loads(web.ask(viewer, "/_dash-dependencies").body)
    clientside = [one for one in declared if one["clientside_function"]]
    assert clientside
    for one in clientside:
        outputs = [
            {"id": name.rpartition(".")[0], "property": name.rpartition(".")[2]}
            for name in one["output"].strip(".").split("...")
        ]
        body = {
            "output": one["output"],
            "outputs": outputs if one["output"].startswith("..") else outputs[0],
            "inputs": [slot | {"value": "x"} for slot in one["inputs"]],
            "state": [slot | {"value": "x"} for slot in one["state"]],
            "changedPropIds": [f"{slot['id']}.{slot['property']}" for slot in one["inputs"]],
        }
        answer = web.call(viewer, body)
        assert answer.status == 400, (one["output"], answer.status, answer.text)


@pytest.mark.parametrize("token", ["x", "%ff", "%0a", "A" * 43, "3", "4", "1%00", ""])
def test_a_screen_whose_token_does_not_exist_leaves_nothing_in_the_browser(
    web: Web, token: str
) -> None:
    answer = web.ask(NOBODY, f"/screen?token={token}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "set-cookie" not in answer.headers


def test_a_screen_with_its_token_is_let_in(web: Web) -> None:
    answer = web.ask(NOBODY, "/screen?token=2")
    assert "virtaama_screen=2" in answer.headers["set-cookie"]
