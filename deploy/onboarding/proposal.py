"""Points as they are proposed for a site file, each value with how sure it is. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deploy.onboarding.guess import Guess
from deploy.onboarding.keys import key_of, unused
from deploy.onboarding.kind_guess import COUNTER, STATE, guess_kind
from deploy.onboarding.plain import plain
from deploy.onboarding.tag_list import Entry
from deploy.onboarding.unit_guess import OPEN, guess_unit, species_of
from deploy.onboarding.words import words

LANGUAGES = ("fi", "en", "sv")
MAIN_LINE = "main"

NO_AREA = Guess("1", "the list does not say it")

_SEGMENT = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class PointProposal:
    """One `[[point]]`; `unit` is OPEN where somebody must say it."""

    key: str
    line: str
    tag: str
    area: Guess[str]
    names: Guess[Mapping[str, str]]
    kind: Guess[str]
    unit: Guess[str]
    unit_display: str | None = None
    species: str | None = None
    range: tuple[float, float] | None = None
    interval_s: float | None = None
    note: str | None = None
    role: Guess[str] | None = None


@dataclass(frozen=True)
class PlantProposal:
    """The lines (key: name) and points of a plant."""

    lines: Mapping[str, str]
    points: Sequence[PointProposal]


def propose(
    entries: Sequence[Entry], units: Mapping[str, str], interval_s: float | None
) -> PlantProposal:
    """Return the points of a list. `units` is what somebody said that texts of the list mean."""
    lines: dict[str, str] = {}
    taken: dict[str, set[str]] = {}
    points = []
    for entry in entries:
        line = key_of(entry.line) or MAIN_LINE
        lines.setdefault(line, entry.line or "Main line")
        key = key_of(entry.tag) or key_of(next(iter(entry.names.values()), "")) or "point"
        key = unused(key, taken.setdefault(line, set()))
        taken[line].add(key)
        points.append(propose_point(entry, key, line, units, interval_s))
    return PlantProposal(lines, points)


def language_of(entries: Sequence[Entry]) -> str | None:
    """Return the language of ours that most names of a list are in; None if none has one."""
    names = (language for entry in entries for language in entry.names)
    counts = Counter(language for language in names if language in LANGUAGES)
    return counts.most_common(1)[0][0] if counts else None


def unknown_units(entries: Sequence[Entry]) -> dict[str, int]:
    """Return the units of a list that are not known, with how often each stands there."""
    counts: dict[str, int] = {}
    for entry in entries:
        if entry.unit and guess_unit(entry.unit) is None:
            counts[entry.unit] = counts.get(entry.unit, 0) + 1
    return counts


def propose_point(
    entry: Entry, key: str, line: str, units: Mapping[str, str], interval_s: float | None
) -> PointProposal:
    """Return the point of one entry; see `propose`."""
    said = units.get(entry.unit)
    unit = Guess(said) if said else _unit_by_name(entry) or guess_unit(entry.unit)
    kind = guess_kind(entry.tag, entry.names.values(), unit.value if unit else OPEN, entry.kind)
    if unit is None:
        unit = _unit_without_word(entry, kind.value)
    interval = entry.interval_s or interval_s
    return PointProposal(
        key=key,
        line=line,
        tag=entry.tag,
        area=_area(entry),
        names=_names(entry),
        kind=kind,
        unit=unit,
        unit_display=entry.unit if entry.unit and unit.value not in {entry.unit, "1"} else None,
        species=species_of(entry.unit),
        range=entry.range if kind.value != STATE else None,
        interval_s=interval if interval and interval > 0 else None,
        note=entry.note or None,
    )


def _unit_by_name(entry: Entry) -> Guess[str] | None:
    """Return the unit that the name says where the list's would be another: hours in "t"."""
    other = words()["unit_by_name"].get(entry.unit, {})
    name = plain(" ".join(entry.names.values()))
    word = next((word for word in other.get("words", ()) if word in name), None)
    return Guess(other["unit"], f'the list says "{entry.unit}" and "{word}"') if word else None


def _unit_without_word(entry: Entry, kind: str) -> Guess[str]:
    if kind == STATE and not entry.unit:
        return Guess("1", "a state has none")
    if kind == COUNTER and not entry.unit and _says_starts(entry.names.values()):
        return Guess("1", "starts are counted")
    spoken = {word.casefold() for name in entry.names.values() for word in _SEGMENT.findall(name)}
    if "ph" in spoken and not entry.unit:
        return Guess("[pH]", "the name says so")
    return Guess(
        OPEN, f'the list says "{entry.unit}"' if entry.unit else "the list does not say it"
    )


def _says_starts(names: Iterable[str]) -> bool:
    return any(word in plain(name) for name in names for word in words()["counted"]["starts"])


def _area(entry: Entry) -> Guess[str]:
    if entry.area:
        return Guess(entry.area)
    if entry.section:
        return Guess(entry.section, "the title above it")
    parts = _SEGMENT.findall(entry.tag)
    if len(parts) > 2:
        return Guess(parts[0], "the beginning of the tag")
    return NO_AREA


def _names(entry: Entry) -> Guess[Mapping[str, str]]:
    found = entry.names
    usual = found.get("en") or next(iter(found.values()), entry.tag)
    names = {language: found.get(language, usual) for language in LANGUAGES}
    missing = [language for language in LANGUAGES if language not in found]
    if not found:
        return Guess(names, "the tag, for the list has no name")
    return Guess(names, f"{', '.join(missing)}: as in the list" if missing else None)
