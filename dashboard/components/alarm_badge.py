"""What the header says of alarms on every page: how many stand by priority, and whether it sounds.

`assets/live_alarms.js` keeps the counts current and makes the sound.
"""

import json
from typing import Any

from dash import dcc, html

from dashboard.auth.roles import Right, may
from dashboard.store.alarms import PRIORITIES, Summary, alarm_facts
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser

LIST_PATH = "/alarms"
SOUND_STATES = ("on", "off", "sounding", "blocked")


def alarm_badge(summary: Summary, display: DisplaySettings) -> Any:
    """Return the counts, one click from the list."""
    stands = any(standing for standing, _ in summary.counts.values())
    counts = [
        html.Span(display.text("alarms.none_short"), className="badge-none", hidden=stands),
        *(_count(priority, summary, display) for priority in PRIORITIES),
    ]
    name = display.text("nav.alarms")
    link = dcc.Link(
        [html.Span(name, className="unseen"), *counts],
        href=display.address(LIST_PATH),
        title=name,
        className="alarm-badge",
    )
    known = json.dumps(alarm_facts(summary))
    return html.Div(link, id="alarm-badge", **{"data-alarms": known})


def _count(priority: str, summary: Summary, display: DisplaySettings) -> Any:
    standing, unacknowledged = summary.counts.get(priority, (0, 0))
    return html.Span(
        [
            priority_sign(priority, display),
            html.Span(str(standing), className="badge-count"),
        ],
        className=f"badge-{priority}{' unacknowledged' if unacknowledged else ''}",
        hidden=not standing,
    )


def priority_sign(priority: str, display: DisplaySettings, *, worded: bool = False) -> Any:
    """Return the shape of a priority; its word stands beside it, or is told to who cannot see."""
    word = display.text(f"priority.{priority}")
    shape = html.Span(className=f"priority-shape shape-{priority}", **{"aria-hidden": "true"})
    return html.Span(
        [shape, html.Span(word, className="priority-word" if worded else "unseen")],
        className=f"priority priority-{priority}",
        title=word,
    )


def sound_button(user: RequestUser) -> Any:
    """Return the switch of the sound; only who answers alarms, or a control room, hears it."""
    texts = {f"data-text-{state}": user.text(f"alarms.sound.{state}") for state in SOUND_STATES}
    sounds = may(user.role, Right.HEAR_ALARMS)
    if not sounds:
        return None
    return html.Button(
        user.text("alarms.sound.on"),
        id="alarm-sound",
        className="choice alarm-sound",
        title=user.text("alarms.sound.hint"),
        **texts,
        **{"data-sounds": "yes"},
    )
