"""What a page is called in the browser's tab and history, in the reader's language."""

from collections.abc import Callable

from dashboard.visit import current_visit


def title(key: str) -> Callable[..., str]:
    """Return the title of a page whose name is the text `key`, as Dash asks for it."""

    def in_language(**_variables: str) -> str:
        visit = current_visit()
        return f"{visit.text(key)} · {visit.text('app.title')}"

    return in_language
