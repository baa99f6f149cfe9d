"""A table. On a phone each cell carries the title of its column."""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html

from dashboard.charts.decimals import NO_VALUE


def table(
    titles: Sequence[str], rows: Iterable[Sequence[Any]], *, text: bool = False
) -> html.Table:
    """Return a table of texts or components; `text` is for columns that hold no numbers."""
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in titles]))
    body = [
        html.Tr(
            [
                html.Td(cell or NO_VALUE, **{"data-title": title})
                for title, cell in zip(titles, row, strict=True)
            ]
        )
        for row in rows
    ]
    return html.Table([head, html.Tbody(body)], className="table log-table" if text else "table")
