"""What a page is called in the browser's tab and history, in the reader's language."""

from collections.abc import Callable

from dashboard.web.request_user import current_visit


def title(key: str) -> Callable[..., str]:
    """Return the title of a page whose name is the text `key`, as Dash asks for it.

    For whom there is no such page it is called like one that is not there.
    """

    def in_language(**_variables: str) -> str:
        visit = current_visit()
        shown = key if visit.opens(key.rpartition(".")[2]) else "app.not_found"
        return title_text(visit.text(shown))

    return in_language


def title_text(name: str) -> str:
    """Return the title of a page that is called so."""
    return f"{name} · {current_visit().text('app.title')}"
