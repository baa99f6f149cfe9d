"""Whose browser states none of our languages reads the one that the site file names first."""

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.dashboard import DashboardProcess
from tests.fixtures.people import signed_in
from tests.fixtures.site_files import edited, written

NAME = 'name = { fi = "Pumppaamo", en = "Pumping station", sv = "Pumpstation" }'
SWEDISH_FIRST = 'name = { sv = "Pumpstation", fi = "Pumppaamo", en = "Pumping station" }'
NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("head", "language"),
    [
        (NAME, "fi"),
        (SWEDISH_FIRST, "sv"),
        (f'{SWEDISH_FIRST}\nlanguage = "en"', "en"),
    ],
)
def test_a_site_speaks_the_language_that_its_name_begins_with(
    tmp_path: Path, head: str, language: str
) -> None:
    assert read(written(tmp_path, edited((NAME, head)))).site.language == language


@pytest.fixture(scope="module")
def dashboard(
    migrated_module_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DashboardProcess, str]]:
    """A dashboard of a site that speaks Swedish, and one that came later and speaks English."""
    folder = tmp_path_factory.mktemp("language")
    load(migrated_module_url, read(written(folder, edited((NAME, SWEDISH_FIRST)))), now=NOW)
    later = edited(
        (NAME, f'{NAME}\nlanguage = "en"'), ('key = "pump"\nname', 'key = "later"\nname')
    )
    other = read(written(folder, later.replace('"acme"', '"other"'), "later.toml"))
    load(migrated_module_url, other, now=NOW)
    token = signed_in(migrated_module_url, "operator", "operator")
    with DashboardProcess(folder, migrated_module_url) as running:
        yield running, token


def _asked(running: DashboardProcess, path: str, token: str = "", **headers: str) -> str:
    cookie = {"Cookie": f"virtaama_session={token}"} if token else {}
    request = urllib.request.Request(running.url + path, headers=cookie | headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize(
    ("accepted", "language"),
    [({}, "sv"), ({"Accept-Language": "de"}, "sv"), ({"Accept-Language": "en"}, "en")],
)
def test_the_way_in_and_the_pages_speak_it(
    dashboard: tuple[DashboardProcess, str], accepted: dict[str, str], language: str
) -> None:
    running, token = dashboard
    assert f'<html lang="{language}"' in _asked(running, "/sign-in", **accepted)
    assert f'<html lang="{language}"' in _asked(running, "/site/pump/", token, **accepted)


def test_each_site_speaks_its_own_and_a_stranger_learns_of_none(
    dashboard: tuple[DashboardProcess, str],
) -> None:
    running, token = dashboard
    assert '<html lang="en"' in _asked(running, "/site/later/", token)
    assert "Hälytykset" not in _asked(running, "/site/later/_dash-layout", token)
    assert '<html lang="sv"' in _asked(running, "/site/later/sign-in")
