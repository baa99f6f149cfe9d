"""What the docs say of adding a page and a key figure is done, in a copy of the house."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.command_line import ROOT

SECTION = re.compile(r"^## Adding a page, adding a key figure\n(.*?)^## ", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(?:python -m )?([\w./]+)`")
COPIED = ("schemas", "dashboard", "deploy", "ingest", "tests", "docs")
LEFT = shutil.ignore_patterns(
    "__pycache__", "recordings", "fonts", "pictures", "sites", "bench", "crash", "browser"
)

FIGURE = """
[walked_figure]
name = { fi = "Kuljettu luku", sv = "Vandrat tal", en = "Walked figure" }
formula = 'mean(sum(rain_gauge.rain_intensity))'
unit = "mm/h"
days = 1
better = "none"
boundary = { fi = "kaikki", sv = "allt", en = "everything" }
source = "the docs"
"""
PAGE_OF_VALUES = """
[walked]
name = { fi = "Kuljettu", sv = "Vandrad", en = "Walked" }
key_figures = ["walked_figure"]
values = ["rain_gauge.rain_intensity"]
"""
FEATURE = '''"""A page that does more."""

from typing import Any

from dash import Input, Output, callback, html

from dashboard.pages import registry
from dashboard.pages.registry import Page


def register() -> None:
    """Register the page and its callback with the app."""
    name = {"fi": "Tehty", "sv": "Gjord", "en": "Made"}
    registry.register(Page("made", "/made", _layout, name, in_navigation=True))
    callback(Output("made-out", "children"), Input("made-in", "n_clicks"))(str)


async def _layout(**_query: str) -> Any:
    return html.Div(id="made-out")
'''
# What an interpreter in the copy sees of it.
SEEN = """
import json
from dataclasses import replace
from tests.fixtures.formulas import Made, MadeSite, kpis_over, roles_of
from tests.fixtures.surfaces import callback_name
from tests.fixtures.web_map import app_map
from tests.fixtures import surfaces
from dashboard.pages.boards.cards import has_content
from dashboard.pages import registry
from dashboard.store.plant import NOTHING
from schemas.catalogue.pages import pages

url = "postgresql://nobody@localhost/none"
app = app_map(url)
point = {"m/x": "rain_gauge.rain_intensity"}
plants = [replace(NOTHING, roles=roles_of(roles)) for roles in (point, {})]
(kpi,) = [kpi for kpi in kpis_over(point) if kpi.key == "walked_figure"]
print(json.dumps({
    "addresses": app.pages,
    "in_navigation": [page.key for page in registry.pages() if page.in_navigation],
    "callbacks": [callback_name(one) for one in surfaces._callbacks_of_app(url)],
    "has_it": [has_content(pages()["walked"], plant) for plant in plants],
    "value": MadeSite({"m/x": Made([2.0, 4.0], "mm/h")}, 2).value(kpi).value,
}))
"""


def _run(folder: Path, *arguments: str) -> str:
    found = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=LEFT)
    return tmp_path


def test_a_page_and_a_key_figure_come_of_what_the_docs_say_and_of_nothing_else(house: Path) -> None:
    section = SECTION.search((house / "docs/architecture.md").read_text(encoding="utf-8"))
    assert section is not None
    said = {name for name in NAMED.findall(section[1]) if "/" in name or "." in name}
    done = {
        "schemas/catalogue/pages.toml",
        "dashboard/assets/icons/",
        "dashboard/pages/",
        "pages/registry.py",
        "pages/features.py",
        "tests/isolation/guest_matrix.toml",
        "schemas/catalogue/key_figures.toml",
        "pages.toml",
        "tests.fixtures.key_figure_docs",
    }
    assert said == done, "the docs name another way than this test goes"

    for table, text in (("key_figures", FIGURE), ("pages", PAGE_OF_VALUES)):
        with (house / f"schemas/catalogue/{table}.toml").open("a", encoding="utf-8") as file:
            file.write(text)
    shutil.copy(
        house / "dashboard/assets/icons/flows.svg", house / "dashboard/assets/icons/walked.svg"
    )
    feature = house / "dashboard/pages/made"
    feature.mkdir()
    (feature / "__init__.py").write_text("", encoding="utf-8")
    (feature / "page.py").write_text(FEATURE, encoding="utf-8")
    features = house / "dashboard/pages/features.py"
    text = features.read_text(encoding="utf-8")
    text = text.replace(
        "from dashboard.pages.key_figure ",
        "from dashboard.pages.made import page as made\nfrom dashboard.pages.key_figure ",
        1,
    )
    features.write_text(
        text.replace("    not_found,\n", "    made,\n    not_found,\n"), encoding="utf-8"
    )

    _run(house, "-m", "tests.fixtures.key_figure_docs")
    seen = json.loads(_run(house, "-c", SEEN))
    assert {"/walked", "/made"} <= set(seen["addresses"])
    assert {"walked", "made"} <= set(seen["in_navigation"])
    assert seen["has_it"] == [True, False], "only a plant that has a point of a role has the page"
    assert seen["value"] == pytest.approx(3.0)
    matrix = (house / "tests/isolation/guest_matrix.toml").read_text(encoding="utf-8")
    missing = {name for name in seen["callbacks"] if name not in matrix}
    assert missing == {"callback made-out.children after made-in.n_clicks"}
    assert "| `walked_figure` | Walked figure |" in (house / "docs/kpis.md").read_text("utf-8")
