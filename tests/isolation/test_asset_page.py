"""The page of an asset: a company opens those that carry its points, and no other is there."""

import json
import re

import pytest

from tests.fixtures.canaries import canaries_in
from tests.fixtures.tenants import SEES
from tests.fixtures.web import Web
from tests.fixtures.web_calls import Caller

ALPHA_ASSET, BETA_ASSET = "alpha-ALPHA-CANARY", "beta-BETA-CANARY"
PLANT_ASSET = "plant-PLANT-CANARY"
NOWHERE = "nobody-has-this"
DOCUMENT = {"Accept": "text/html"}


@pytest.fixture(scope="module", autouse=True)
def caller(web: Web) -> Caller:
    """Made before anything is asked: it takes longer than a connection may idle."""
    return Caller(web, "alpha")


def _status(web: Web, viewer: str, key: str) -> int:
    return web.ask(viewer, f"/asset/{key}", headers=DOCUMENT).status


def _content(web: Web, caller: Caller, key: str) -> str:
    """Return what the page's router answers, without what was asked for."""
    (call,) = caller.pages(f"/asset/{key}")
    return web.call("alpha", call.body).text.replace(key, "…")


def test_a_company_opens_its_own_asset_and_sees_nothing_of_others_there(
    web: Web, caller: Caller
) -> None:
    assert _status(web, "alpha", ALPHA_ASSET) == 200
    shown = _content(web, caller, ALPHA_ASSET)
    assert "16180" in re.sub(r"\s", "", json.dumps(json.loads(shown), ensure_ascii=False))
    assert canaries_in(shown.encode(), [ALPHA_ASSET]) <= SEES["alpha"]


@pytest.mark.parametrize("key", [BETA_ASSET, PLANT_ASSET])
def test_an_asset_of_another_is_as_unknown_as_one_that_is_not_there(
    web: Web, caller: Caller, key: str
) -> None:
    assert _status(web, "alpha", key) == _status(web, "alpha", NOWHERE) == 404
    assert _content(web, caller, key) == _content(web, caller, NOWHERE)


def test_the_chart_of_an_asset_of_another_is_not_drawn(web: Web, caller: Caller) -> None:
    (draw,) = (one for one in caller.callbacks if "asset-chart.children" in one.output)
    (asked,) = (slot for slot in draw.states if slot.id == "asset-key")

    def answer(key: str) -> tuple[int, str]:
        found = web.call("alpha", caller.call(draw, {}, {asked: key}).body)
        return found.status, found.text.replace(key, "…")

    assert answer(BETA_ASSET) == answer(NOWHERE)
    status, text = answer(ALPHA_ASSET)
    assert status == 200
    assert json.loads(text)["response"]["asset-chart"]["children"]


def test_the_staff_of_the_plant_opens_all(web: Web) -> None:
    for key in (ALPHA_ASSET, BETA_ASSET, PLANT_ASSET):
        assert _status(web, "operator", key) == 200
    assert _status(web, "operator", NOWHERE) == 404
