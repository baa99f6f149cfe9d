"""A trial as a viewer may open it: its facts, its own points, and those it may compare with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dashboard.auth.roles import Right, may
from dashboard.store import rights
from dashboard.store.plant import Plant, SitePoint
from dashboard.store.rights import Trial, Viewer

_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class OpenTrial:
    """A trial with the viewer who looks, and its points by `line/point`."""

    trial: Trial
    viewer: Viewer
    points: Mapping[str, SitePoint]
    references: Mapping[str, SitePoint]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the plant's clocks."""
        return ZoneInfo(self.trial.time_zone)

    @property
    def all_points(self) -> dict[str, SitePoint]:
        """Its own points and those to compare with."""
        return {**self.points, **self.references}


def trial_number(text: object) -> int | None:
    """Return the number of a trial from an address or a page; None if it is none."""
    if isinstance(text, bool) or not isinstance(text, str | int):
        return None
    return int(text) if _NUMBER.fullmatch(str(text)) else None


def open_trial(
    connection: psycopg.Connection[Any], plant: Plant, number: int | None
) -> OpenTrial | None:
    """Return a trial at a plant; None if it is not there, or not the transaction's viewer's."""
    trial = None if number is None else rights.trial(connection, number)
    viewer = rights.viewer(connection)
    if trial is None or viewer is None or trial.site != plant.key:
        return None
    listed, known = rights.trial_points(connection, trial.trial_id), plant.all_points
    points = {path: point for path, point in known.items() if listed.get(point.point_id) is False}
    references = {path: point for path, point in known.items() if listed.get(point.point_id)}
    return OpenTrial(trial, viewer, points, references)


def may_write(viewer: Viewer) -> bool:
    """Tell whether notes and entries are offered; the database decides anyway."""
    return may(viewer.role, Right.WRITE)


def may_lead(viewer: Viewer) -> bool:
    """Tell whether ending a trial, guests and new trials are offered."""
    return may(viewer.role, Right.LEAD)


def may_export(viewer: Viewer) -> bool:
    """Tell whether the package is offered; `package_route` decides anyway."""
    return may(viewer.role, Right.EXPORT)
