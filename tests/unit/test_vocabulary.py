"""Screens speak as plants do: one word for one thing, and formulas with their subscripts."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from dashboard.texts import catalogue
from schemas.languages import LANGUAGES
from schemas.unit_display import unit_display
from tests.fixtures.command_line import ROOT

SITE = ROOT / "deploy/sites/mikkeli"

# What was on the screen once, and what plants say instead.
NOT_OURS = {
    "fi": {
        r"laitosmie": "prosessinhoitaja",
        r"haitta-aine\w* pysäy": "haitta-aineiden poisto",
        r"tullut vesi": "tuleva vesimäärä",
        r"lähtenyt vesi": "lähtevä vesimäärä",
        r"virtaaman summa": "vesimäärä",
        r"(välp|siivil)\w* ?\d?,? paine-ero": "pintaero",
        r"laskeuma": "lieteindeksi (SVI)",
        r"saostus- ja umpikaivo": "sako- ja umpikaivoliete",
        r"kalvopaine-ero|kalvon paine-ero": "kalvojen paine-ero (TMP)",
        r"kaksoisnapautus": "kaksoisnapsautus",
        r"\besim\.": "esimerkki",
        r"seuraa nykyhetkeä|pysäytetty": "reaaliaikainen, historia",
        r"puhdistusilma|huuhteluilma": "kalvoilma",
        r"jätevesilaito": "jätevedenpuhdistamo",
        r"absorbans\w* .*poistuma": "alenema",
        r"\bpääsy": "käyttöoikeus",
        r"epäilyttävä": "epävarma",
        r"vrk:n päästä": "vrk:n kuluttua",
        r"(kompressori|pumppu|linko|välppä) \d (teho|nopeus|paine)": "a genitive: pumpun 1 teho",
        r"\b(24 h) kokooma\)": "24 h kokoomanäyte",
    },
    "sv": {
        r"digital vattenförsörjning": "digitala vattentjänster",
        r"\bembargo": "sekretess",
        r"misstänkt": "osäker",
        r"följer nuet": "realtid",
    },
    "en": {r"follows the present|stands still": "live, history"},
}
# Formulas and units whose digits belong below or above the line.
PLAIN = re.compile(r"(?<![A-Za-z])(?:NH4|NO[23]|PO4|N2O|CO2|H2S|CH4|O[23]|MgCl2|BOD7|[NS]?m[23])\b")
UVA = re.compile(r"\b(?:UVA|SAC)254")


def _spoken(tree: Any, place: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield every text in three languages below a part of a TOML file, with where it stands."""
    if isinstance(tree, list):
        for number, one in enumerate(tree):
            yield from _spoken(one, f"{place}[{number}]")
    elif isinstance(tree, dict) and set(LANGUAGES) <= set(tree):
        yield place, tree
    elif isinstance(tree, dict):
        for key, one in tree.items():
            yield from _spoken(one, f"{place}.{key}")


def _site() -> Iterator[tuple[str, Any]]:
    for path in sorted(SITE.glob("*.toml")):
        yield path.name, tomllib.loads(path.read_text(encoding="utf-8"))


TEXTS = {
    **dict(catalogue()),
    **{place: texts for name, tree in _site() for place, texts in _spoken(tree, name)},
}


def test_there_are_texts_of_the_pages_and_of_the_site_file() -> None:
    assert len(TEXTS) > len(catalogue()) + 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_those_of_a_plant(language: str) -> None:
    found = {
        f"{place}: {texts[language]!r}, say {better!r}"
        for place, texts in TEXTS.items()
        for wrong, better in NOT_OURS[language].items()
        if re.search(wrong, texts[language].lower())
    }
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formula_has_its_subscripts(language: str) -> None:
    found = {
        f"{place}: {texts[language]!r}"
        for place, texts in TEXTS.items()
        if PLAIN.search(texts[language]) or UVA.search(texts[language])
    }
    assert not found


def test_a_unit_on_the_screen_has_its_subscripts_and_powers() -> None:
    shown = {
        point.get("unit_display", unit_display(point.get("unit", "")))
        for _, tree in _site()
        for point in tree.get("point", ())
    }
    assert len(shown) > 20
    assert not {unit for unit in shown if PLAIN.search(unit) or "{" in unit}


def test_one_thing_has_one_name() -> None:
    """The air under the membranes, and the pressure across them, have one word each."""
    said = [texts["fi"].lower() for texts in TEXTS.values()]
    assert any("kalvoilma" in one for one in said)
    assert any("kalvojen paine-ero (tmp)" in one for one in said)
    assert any("prosessinhoitaja" in one for one in said)
