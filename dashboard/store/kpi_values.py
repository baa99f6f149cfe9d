"""Reads what key figures need: one question for the inputs of many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from dashboard.analysis.kpi.definition import Kpi
from dashboard.analysis.kpi.values import STEPS_S, KpiSite, Loaded, step_of
from dashboard.analysis.window import Resolution, Source, Window
from dashboard.store import history
from dashboard.store.counters import tracks
from dashboard.store.retention import stored_since


def load(
    connection: psycopg.Connection[Any],
    site: KpiSite,
    kpis: Sequence[Kpi],
    window: Window,
    now: datetime,
) -> Loaded:
    """Read what `kpis`, whose points the site must have, need in `window`."""
    needs = {need for kpi in kpis for need in kpi.formula.inputs}
    step_s = step_of(window)
    source = Source.HOUR if step_s == STEPS_S[0] else Source.FIVE_MINUTES
    step = stored_since(connection).remaining(Resolution(source, step_s), window)
    means = sorted({site.points[need.path].point_id for need in needs if not need.is_counted})
    counted = {need.path: site.points[need.path] for need in needs if need.is_counted}
    return Loaded(
        points=site.points,
        buckets=history.buckets(connection, means, window, step, site.zone) if means else {},
        tracks=tracks(connection, list(counted.values()), window, now),
        step_s=step.step_s,
        zone=site.zone,
    )
