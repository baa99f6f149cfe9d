"""Where a window can be: a point, an instrument or an asset, as a choice and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.store.instruments import Instrument
from dashboard.store.plant import Plant
from dashboard.store.quality_windows import WindowVersion
from dashboard.store.rechecks import Recheck
from dashboard.web.display import DisplaySettings
from dashboard.web.form_input import FormInput, FormUnfit

POINT, INSTRUMENT, ASSET = "point", "instrument", "asset"


@dataclass(frozen=True)
class Place:
    """Exactly one of the three."""

    point: int | None = None
    instrument: str | None = None
    element: str | None = None


def place_choices(
    plant: Plant, instruments: Sequence[Instrument], display: DisplaySettings
) -> list[dict[str, Any]]:
    """Return all places of a plant as choices, by group."""
    points = [
        {"value": f"{POINT}:{path}", "label": f"{display.name(point.name)} · {point.tag}"}
        for path, point in plant.points.items()
    ]
    devices = [
        {"value": f"{INSTRUMENT}:{each.key}", "label": f"{each.key} · {each.description}"}
        for each in instruments
    ]
    assets = [
        {"value": f"{ASSET}:{key}", "label": f"{display.name(asset.name)} · {key}"}
        for key, asset in plant.model.assets.items()
    ]
    groups = ((POINT, points), (INSTRUMENT, devices), (ASSET, assets))
    return [
        {"group": display.text(f"windows.{name}"), "items": items}
        for name, items in groups
        if items
    ]


def read_place(form: FormInput, plant: Plant) -> Place:
    """Return the place that was chosen. Raises FormUnfit."""
    kind, _, key = form.needed("place").partition(":")
    if kind == POINT and key in plant.points:
        return Place(point=plant.points[key].point_id)
    if kind == INSTRUMENT and key:
        return Place(instrument=key)
    if kind == ASSET and key in plant.model.assets:
        return Place(element=key)
    raise FormUnfit("form.unfit.choice", "place")


def place_name(
    window: WindowVersion | Recheck,
    plant: Plant,
    devices: Mapping[str, str],
    display: DisplaySettings,
) -> str:
    """Return where a window is, in words; `devices` are the names of instruments by key."""
    if window.instrument is not None:
        name = devices.get(window.instrument, window.instrument)
        return f"{display.text('windows.instrument')}: {name}"
    if window.element is not None:
        names = plant.item_names.get(window.element)
        return display.name(names) if names else window.element
    by_id = {point.point_id: point for point in plant.all_points.values()}
    point = by_id.get(window.point_id or 0)
    return f"{display.name(point.name)} ({point.tag})" if point else "–"
