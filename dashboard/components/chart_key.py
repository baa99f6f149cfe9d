"""What the marks of a chart mean: opened by whoever asks, quiet for everybody else."""

from typing import Any

from dash import html

from dashboard.web.display import DisplaySettings

SIGNS = ("typical", "suspect", "fail", "beyond", "band", "limit", "window", "note")


def chart_key(display: DisplaySettings) -> Any:
    """Return the legend of grounds, rings and lines that all charts of a page share."""
    entries = [
        html.Div(
            [
                html.Span(className=f"key-sign key-{sign}", **{"aria-hidden": "true"}),
                html.Span(display.text(f"key.{sign}")),
            ],
            className="legend-entry",
        )
        for sign in SIGNS
    ]
    return html.Details(
        [html.Summary(display.text("key.title")), html.Div(entries, className="key-entries")],
        className="chart-key",
    )
