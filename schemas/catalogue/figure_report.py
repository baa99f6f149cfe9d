"""Which key figures a site has and what the others need, for whoever writes a site file."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schemas.catalogue.key_figures import KeyFigure
from schemas.catalogue.reader import catalogue
from schemas.catalogue.site_figures import MissingFigure, SiteFigure, site_figures
from schemas.formula.binding import Need
from schemas.formula.site_roles import SiteRoles
from schemas.formula.tree import Role, walk
from schemas.unit_annotations import CONDITIONS_HINT, STANDARD

ENERGY = "energy"


def figure_report(site: SiteRoles, own: Sequence[KeyFigure] = ()) -> list[str]:
    """Return a line that counts, then one for each thing that is missing.

    What is of other plants than this, such as the sludge of a water works, is one line together.
    """
    found = list(site_figures(site, own))
    had = {each.figure.key for each in found if isinstance(each, SiteFigure)}
    count = sum(isinstance(each, SiteFigure) for each in found)
    missing = [each for each in found if isinstance(each, MissingFigure)]
    of_site = len(had & {figure.key for figure in own})
    parts = f"{len(had) - of_site} of the catalogue"
    if own:
        parts += f", {of_site} of {len(own)} of the site file"
    near = [each for each in missing if _is_near(each, site)]
    return [f"key figures: {count} ({parts})", *_lines(near), *_others(missing, near, had)]


def _is_near(missing: MissingFigure, site: SiteRoles) -> bool:
    """Tell whether a figure is of something that the plant has; nearly all have electricity."""
    known = catalogue().kinds
    named = {node.kind for node in walk(missing.figure.tree) if isinstance(node, Role)}
    about = [kind for kind in named if kind is not None and known[kind].section != ENERGY]
    is_own = missing.item is not None or missing.need is None
    return is_own or any(site.of_kind(kind) for kind in about)


def _others(
    missing: Sequence[MissingFigure], near: Sequence[MissingFigure], had: set[str]
) -> Iterator[str]:
    told = had | {each.figure.key for each in near}
    far = {each.figure.key: each.need.kind for each in missing if each.need is not None}
    kinds = [kind for key, kind in far.items() if key not in told]
    if kinds:
        lacks = ", ".join(dict.fromkeys(kinds))
        yield f"  {len(kinds)} more (docs/kpis.md) are of what the plant does not have: {lacks}"


def _lines(missing: list[MissingFigure]) -> Iterator[str]:
    """Yield a line for each reason; what several assets lack of one figure is one reason."""
    lacking: dict[tuple[str, Need | str], list[str]] = {}
    for each in missing:
        if each.need is None or each.need.item is None:
            lacking.setdefault((each.figure.key, each.need or each.sentence), [])
        else:
            reason = replace(each.need, item="")
            lacking.setdefault((each.figure.key, reason), []).append(each.need.item)
    waiting: dict[str, list[str]] = {}
    for (figure, lacks), items in lacking.items():
        of = f" of {', '.join(items)}" if items else ""
        sentence = lacks if isinstance(lacks, str) else need_text(lacks, of)
        waiting.setdefault(sentence, []).append(figure)
    for sentence, figures in waiting.items():
        yield f"  {', '.join(figures)}: {sentence}"


def need_text(need: Need, of: str = "") -> str:
    """Return what a site lacks, such as "needs flow (measurement, m3/h); there is no influent".

    `of` names the assets or streams that lack it.
    """
    kind = catalogue().kinds[need.kind]
    if need.role in kind.roles:
        role = kind.roles[need.role]
        described = f"{role.kind}, {role.unit}"
    else:
        described = f"property, {kind.properties[need.role].unit}"
    why = f"; there is no {need.kind}" if need.item is None else ""
    if need.unit is not None:
        how = f", and {CONDITIONS_HINT}" if STANDARD in need.unit else ""
        why = f"; it is there in {need.unit}, which does not convert{how}"
    return f"needs {need.role} ({described}){of}{why}"
