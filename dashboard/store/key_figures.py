"""The key figures that a site file adds to those of the catalogue, as of a moment."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

import psycopg
from pydantic import ValidationError

from schemas.catalogue.key_figures import KeyFigure, key_figure, key_figures, signals
from schemas.formula.checking import check
from schemas.formula.errors import FormulaError
from schemas.formula.meaning import Scope, Signal
from schemas.queries import queries

_SQL = queries("plant_model")

_log = logging.getLogger(__name__)


class NamedPoint(Protocol):
    """What must be known of a point that a formula may name."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102


def own_key_figures(
    connection: psycopg.Connection[Any],
    site: str,
    at: datetime,
    points: Mapping[str, NamedPoint],
) -> tuple[KeyFigure, ...]:
    """Return what the transaction's viewer may see of a site's own key figures at `at` (aware).

    `points` are those of all times by `line/point`. What the program's catalogue no longer knows,
    or has itself by now, is left out.
    """
    rows = connection.execute(_SQL["key_figures"], {"site": site, "at": at}).fetchall()
    named = {
        path: Signal(point.unit, is_counter=point.kind == "counter")
        for path, point in points.items()
    }
    return tuple(_read(rows, named))


def _read(rows: list[Any], named: Mapping[str, Signal]) -> Iterator[KeyFigure]:
    for key, definition in rows:
        if key in key_figures():
            continue
        try:
            figure = key_figure(key, definition)
            for kind in figure.kinds or (None,):
                check(figure.tree, Scope(signals(), kind, named), figure.unit)
        except (ValidationError, FormulaError) as error:
            _log.warning("key figure %s: is left out: %s", key, error)
            continue
        yield figure
