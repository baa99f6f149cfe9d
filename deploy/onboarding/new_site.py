"""Makes a folder with a site file from a list of tags."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.errors import FolderUnsuitable
from deploy.onboarding.guess import Guess
from deploy.onboarding.keys import key_of
from deploy.onboarding.proposal import LANGUAGES, language_of, propose, unknown_units
from deploy.onboarding.role_guess import with_roles
from deploy.onboarding.site_text import GUESS, Head, elements_text, points_text, site_text
from deploy.onboarding.table_file import read_sheets
from deploy.onboarding.tag_list import Entry, read_tags
from deploy.onboarding.way_guess import with_ways
from schemas.errors import SiteFileError
from schemas.site.reader import read
from schemas.site.value_rules import check_zone

ZONE_USUAL = "Europe/Helsinki"
LOCAL_ZONE = Path("/etc/localtime")
ZONE_FOLDER = "zoneinfo/"

# What a unit of the list means (UCUM), or None; with how often it stands there.
AskUnit = Callable[[str, int], str | None]


@dataclass(frozen=True)
class NewSite:
    """A list of tags, the folder to make, and what was said beside; None means: guess it."""

    tags: Path
    folder: Path
    key: str | None = None
    name: str | None = None
    zone: str | None = None
    interval_s: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WrittenSite:
    """Which columns were read as what, what was written, and what is left to do in it."""

    read_as: list[str]
    points: int
    guesses: int
    left_out: list[str]
    problems: list[str]


def make_site(new: NewSite, ask_unit: AskUnit) -> WrittenSite:
    """Write the site file. Raises FolderUnsuitable, TagListUnreadable, OSError."""
    if new.folder.exists() and (not new.folder.is_dir() or any(new.folder.glob("*.toml"))):
        raise FolderUnsuitable(
            f"{new.folder} is there and has a site file, which is not overwritten; "
            "choose another folder."
        )
    tags = read_tags(read_sheets(new.tags), new.columns)
    answers = {text: ask_unit(text, count) for text, count in unknown_units(tags.entries).items()}
    units = {text: unit for text, unit in answers.items() if unit}
    found = with_roles(propose(tags.entries, units, new.interval_s))
    plant = found.plant
    texts = {
        "site.toml": site_text(_head(new, tags.entries), plant),
        "points.toml": points_text(plant),
    }
    if found.elements:
        texts["assets.toml"] = elements_text(with_ways(found.elements).values())
    new.folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (new.folder / name).write_text(text, encoding="utf-8")
    guesses = sum(text.count(GUESS) for text in texts.values())
    return WrittenSite(
        tags.read_as, len(plant.points), guesses, tags.left_out, _problems(new.folder)
    )


def _head(new: NewSite, entries: Sequence[Entry]) -> Head:
    called = new.folder.resolve().name
    key = Guess(new.key) if new.key else Guess(key_of(called) or "plant", "the folder")
    name = Guess(new.name) if new.name else Guess(called.replace("-", " ").title(), "the folder")
    zone = Guess(new.zone) if new.zone else Guess(local_zone(), "this machine's")
    language = Guess(language_of(entries) or LANGUAGES[0], "most names of the list")
    return Head(key, name, zone, language)


def local_zone() -> str:
    """Return the time zone of this machine, or a usual one if it has none with a name."""
    zone = os.path.realpath(LOCAL_ZONE).partition(ZONE_FOLDER)[2]
    try:
        return check_zone(zone) if "/" in zone and not zone.startswith("Etc/") else ZONE_USUAL
    except ValueError:
        return ZONE_USUAL


def _problems(folder: Path) -> list[str]:
    try:
        read(folder)
    except SiteFileError as error:
        return error.problems
    return []
