"""The process drawing: stages with their symbols and live values, joined by pipes.

On a wide screen the water runs from left to right, on a phone from top to bottom; the drawing is a
grid of boxes, so it is readable on both and never scaled down.
"""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.value_tile import chip
from dashboard.pages.overview.process_stages import BESIDE, MAIN, Stage
from dashboard.store.plant import Plant
from dashboard.web.display import Reader


def process(plant: Plant, reader: Reader) -> Any:
    """Return the drawing with every stage of which the site has a point, or that there is none."""
    chips = [each for stage in (*MAIN, *BESIDE) for each in stage.chips]
    if not any(each.path(plant.roles) for each in chips):
        return html.Div(reader.text("chart.no_points"), className="note")
    return html.Div(
        [
            html.Div(_stages(MAIN, plant, reader), className="process-main"),
            html.Div(
                [
                    html.Span(reader.text("stage.return_sludge"), className="pipe-return"),
                    html.Span(reader.text("stage.waste_sludge"), className="pipe-waste"),
                    html.Span(reader.text("stage.to_pilots"), className="pipe-pilots"),
                ],
                className="process-pipes",
            ),
            html.Div(_stages(BESIDE, plant, reader), className="process-beside"),
        ],
        className="process",
    )


def _stages(stages: Sequence[Stage], plant: Plant, reader: Reader) -> list[Any]:
    return [
        _stage(stage, plant, reader)
        for stage in stages
        if any(each.path(plant.roles) for each in stage.chips)
    ]


def _stage(stage: Stage, plant: Plant, reader: Reader) -> Any:
    chips = [
        chip(plant.points[path], reader, reader.text(each.label))
        for each in stage.chips
        if (path := each.path(plant.roles)) is not None
    ]
    return html.Div(
        [
            html.Div(reader.text(f"stage.{stage.key}"), className="stage-name"),
            html.Div(className=f"symbol symbol-{stage.key}", **{"aria-hidden": "true"}),
            html.Div(chips, className="chips"),
        ],
        className=f"stage stage-{stage.key}",
    )
