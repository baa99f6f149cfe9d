"""The sections of the process drawing, by which a phone folds it: what is in which, and heads.

On a wide screen all stages stand in one drawing and no head is seen; the page's script
(`assets/process.js`) unfolds a section when its head is pressed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dash import html

from dashboard.analysis.process_layout import Stage
from dashboard.components.value_tile import deviation_mark
from dashboard.store.plant import Plant
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue
from schemas.catalogue.model import Section

STAGES_MIN = 7  # fewer are seen at a glance


@dataclass(frozen=True)
class StageGroup:
    """Stages that are told under one name; without one for what is never folded."""

    section: Section | None
    stages: Sequence[Stage]


def along_the_way(stages: Sequence[Stage], plant: Plant) -> list[StageGroup]:
    """Return the sections of the way of the water; one comes again where the way comes back."""
    found = groupby(stages, key=lambda stage: _section(stage, plant))
    return [StageGroup(section, list(members)) for section, members in found]


def beside_the_way(stages: Sequence[Stage], plant: Plant) -> list[StageGroup]:
    """Return the sections of what stands beside the way, each once, in order of their first."""
    found: dict[Section | None, list[Stage]] = {}
    for stage in stages:
        found.setdefault(_section(stage, plant), []).append(stage)
    return [StageGroup(section, members) for section, members in found.items()]


def _section(stage: Stage, plant: Plant) -> Section | None:
    """Return the section of a stage, or of what is in it of the same, only said more closely."""
    kinds, elements = catalogue().kinds, plant.model.elements
    own = kinds[elements[stage.key].kind]
    inside = [kinds[elements[key].kind] for key in stage.members if key != stage.key]
    closer = {kind.section for kind in inside if own.key in kind.lineage}
    return closer.pop() if len(closer) == 1 else own.section


def section_head(
    group: StageGroup,
    plant: Plant,
    display: DisplaySettings,
    picture: str,
    members: dict[str, str],
) -> Any:
    """Return what stands for a folded section: a symbol, its name, its first and its last stage.

    By `members` the page's script finds the worst state in it.
    """
    name = [deviation_mark(), display.text(f"section.{group.section}")]
    ends = dict.fromkeys((group.stages[0].key, group.stages[-1].key))
    told = " – ".join(display.name(plant.model.elements[key].name) for key in ends)
    return html.Button(
        [
            html.Span(className="symbol", style={"--picture": picture}, **{"aria-hidden": "true"}),
            html.Span(
                [
                    html.Span(name, className="stage-name"),
                    html.Span(display.hyphenated(told), className="section-stages"),
                ],
                className="section-name",
            ),
        ],
        className="section-head",
        **{"aria-expanded": "false", **members},
    )
