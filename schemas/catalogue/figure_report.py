"""Which key figures a site has and what the others need, for whoever writes a site file."""

from collections.abc import Iterator

from schemas.catalogue.reader import catalogue
from schemas.catalogue.site_figures import MissingFigure, SiteFigure, site_figures
from schemas.formula.binding import Need
from schemas.formula.site_roles import SiteRoles


def figure_report(site: SiteRoles) -> list[str]:
    """Return a line that counts, then one for each thing that is missing."""
    found = list(site_figures(site))
    had = {each.figure.key for each in found if isinstance(each, SiteFigure)}
    count = sum(isinstance(each, SiteFigure) for each in found)
    missing = [each for each in found if isinstance(each, MissingFigure)]
    return [f"key figures: {count} ({len(had)} of the catalogue)", *_lines(missing)]


def _lines(missing: list[MissingFigure]) -> Iterator[str]:
    """Yield a line for each reason; what several assets lack of one figure is one reason."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for each in missing:
        reason = need_text(each.need) if each.need else each.sentence
        items = lacking.setdefault((each.figure.key, reason), [])
        if each.need and each.need.item is not None:
            items.append(each.need.item)
    waiting: dict[str, list[str]] = {}
    for (figure, reason), items in lacking.items():
        of = f" of {', '.join(items)}" if items else ""
        waiting.setdefault(f"{reason}{of}", []).append(figure)
    for reason, figures in waiting.items():
        yield f"  {', '.join(figures)}: {reason}"


def need_text(need: Need) -> str:
    """Return what a site lacks, such as "needs flow (measurement, m3/h); there is no influent"."""
    kind = catalogue().kinds[need.kind]
    if need.role in kind.roles:
        role = kind.roles[need.role]
        described = f"{role.kind}, {role.unit}"
    else:
        described = f"property, {kind.properties[need.role].unit}"
    absent = f"; there is no {need.kind}" if need.item is None else ""
    return f"needs {need.role} ({described}){absent}"
