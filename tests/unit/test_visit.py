"""Who asks and how they read, from cookies and headers that anybody may have written."""

import pytest

from dashboard.visit import OPERATOR, Visit, visit_of


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ({}, "", "fi"),
        ({}, "sv-FI,sv;q=0.9,en;q=0.8", "sv"),
        ({}, "en-US,en;q=0.9", "en"),
        ({}, "de-DE,de;q=0.9", "fi"),
        ({"virtaama_language": "en"}, "sv-FI", "en"),
        ({"virtaama_language": "<script>"}, "sv-FI", "sv"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(
    cookies: dict[str, str], accepted: str, language: str
) -> None:
    assert visit_of(cookies, {"accept-language": accepted}).language == language


@pytest.mark.parametrize(
    ("cookie", "scheme"), [("dark", "dark"), ("light", "light"), ("pink", "light"), (None, "light")]
)
def test_the_theme_is_one_of_two(cookie: str | None, scheme: str) -> None:
    cookies = {"virtaama_scheme": cookie} if cookie else {}
    assert visit_of(cookies, {}) == Visit(OPERATOR, "fi", scheme)  # type: ignore[arg-type]
