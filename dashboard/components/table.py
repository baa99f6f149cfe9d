"""A table. Where it has no room for its columns each cell carries the title of its own."""

from collections.abc import Iterable, Sequence
from typing import Any

from dash import html

from dashboard.charts.decimals import NO_VALUE

MANY_COLUMNS_MIN = 6  # they take more room


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]], *, text: bool = False) -> html.Div:
    """Return a table of texts or components; `text` is for columns that hold no numbers."""
    made = [
        html.Tr(
            [
                html.Td(cell or NO_VALUE, **{"data-title": title})
                for title, cell in zip(titles, row, strict=True)
            ]
        )
        for row in rows
    ]
    return table_of(titles, made, "log-table" if text else "")


def table_of(titles: Sequence[str], rows: Sequence[Any], sort: str) -> html.Div:
    """Return a table of rows whose cells have their titles; `sort` are classes of its style."""
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in titles]))
    made = html.Table([head, html.Tbody(rows)], className=f"table {sort}".strip())
    many = " many" if len(titles) >= MANY_COLUMNS_MIN else ""
    return html.Div(made, className=f"table-place{many}")
