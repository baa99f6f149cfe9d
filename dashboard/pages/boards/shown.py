"""How much of a large plant a board shows: the first of each, and a sentence about the rest."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from dashboard.analysis.kpi.definition import Kpi
from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue
from schemas.catalogue.pages import Assets, PageData, Shown

FIGURES_OF_ONE_MAX = 12  # assets whose tile of one key figure stands on a board
TILES_OF_ONE_ROLE_MAX = 24
LINES_MAX = 12  # of a chart: with more nobody tells one from another
ASSET_CARDS_MAX = 12


def first_of_each(kpis: Iterable[Kpi]) -> Iterator[Kpi]:
    """Yield the key figures of a board, those of assets only for the first ones."""
    seen: Counter[str] = Counter()
    for kpi in kpis:
        key = kpi.figure.key if kpi.figure else kpi.key
        seen[key] += 1
        if seen[key] <= FIGURES_OF_ONE_MAX:
            yield kpi


def evenly(groups: Sequence[Sequence[str]], most: int) -> list[str]:
    """Return `most` at the most of the members of some groups, of each as many; each once."""
    longest = max(map(len, groups), default=0)
    turns = (group[turn] for turn in range(longest) for group in groups if turn < len(group))
    chosen = set(list(dict.fromkeys(turns))[:most])
    return [one for one in dict.fromkeys(one for group in groups for one in group) if one in chosen]


def largest(sums: Sequence[float], most: int) -> set[int]:
    """Return the places of the `most` largest of some sums, of equal ones the first."""
    return set(sorted(range(len(sums)), key=lambda place: -sums[place])[:most])


def left_out(board: PageData, plant: Plant, display: DisplaySettings) -> Iterator[str]:
    """Yield a sentence for each thing of which a board shows the first ones only."""
    kpis = Counter(kpi.figure.key for kpi in plant.kpis_of(plant.figures_on(board)) if kpi.figure)
    names = {kpi.figure.key: kpi.figure.name for kpi in plant.kpis if kpi.figure}
    counts = [(display.name(names[key]), count, FIGURES_OF_ONE_MAX) for key, count in kpis.items()]
    counts += [
        (_role_name(value, display), len(plant.roles.paths(value.of)), TILES_OF_ONE_ROLE_MAX)
        for value in board.values
    ]
    counts += [
        (display.name(card.name), len(measured_assets(card, plant)), ASSET_CARDS_MAX)
        for card in board.cards
        if isinstance(card, Assets)
    ]
    for what, count, most in counts:
        if count > most:
            yield display.text("page.first", what=what, shown=most, count=count)


def measured_assets(card: Assets, plant: Plant) -> list[str]:
    """Return the assets of a card's kind at which something is measured."""
    return [
        item
        for item in plant.roles.of_kind(card.kind)
        if any(path in plant.points for path in plant.roles.at(item).values())
    ]


def _role_name(value: Shown, display: DisplaySettings) -> str:
    kind, _, role = value.of.partition(".")
    known = catalogue().kinds[kind]
    return display.name(value.name or known.roles[role].name)
