"""The row of a finding about something else than a point: what is wrong, why, and what helps."""

from dash import html

from dashboard.web.display import DisplaySettings


def plain_finding(
    name: str, problem: str, words: str, why: str, display: DisplaySettings
) -> html.Div:
    """Return the row of what is called `name`; `words` say what `problem` it has."""
    return html.Div(
        [
            html.Div(html.Span(name, className="finding-name"), className="finding-head"),
            html.Div(words, className="finding-problem"),
            html.Div(why, className="quiet"),
            html.Div(display.text(f"problem.{problem}.do"), className="finding-help"),
        ],
        className=f"finding finding-{problem}",
    )
