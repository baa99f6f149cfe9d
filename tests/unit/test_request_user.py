"""Who asks and how they read, from cookies and headers that anybody may have written."""

from types import SimpleNamespace

import pytest

from dashboard.auth.sessions import Device
from dashboard.web.request_user import Unknown, chosen_scheme, language_of, scheme_of, user_of


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ({}, "", "fi"),
        ({}, "sv-FI,sv;q=0.9,en;q=0.8", "sv"),
        ({}, "en-US,en;q=0.9", "en"),
        ({}, "de-DE,de;q=0.9", "fi"),
        ({"virtaama_language": "en"}, "sv-FI", "en"),
        ({"virtaama_language": "<script>"}, "sv-FI", "sv"),
        ({"virtaama_language": "de"}, "de", "fi"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(
    cookies: dict[str, str], accepted: str, language: str
) -> None:
    assert language_of(SimpleNamespace(), cookies, {"accept-language": accepted}) == language


def test_whose_browser_states_no_language_of_ours_reads_that_of_the_site() -> None:
    site = SimpleNamespace(site_language="sv")
    assert language_of(site, {}, {"accept-language": "de-DE,pl;q=0.5"}) == "sv"
    assert language_of(site, {}, {}) == "sv"
    assert language_of(site, {}, {"accept-language": "en"}) == "en"
    assert language_of(site, {"virtaama_language": "fi"}, {}) == "fi"


@pytest.mark.parametrize(
    ("cookie", "scheme"), [("dark", "dark"), ("light", "light"), ("pink", "light"), (None, "light")]
)
def test_the_theme_is_one_of_two(cookie: str | None, scheme: str) -> None:
    cookies = {"virtaama_scheme": cookie} if cookie else {}
    assert scheme_of(cookies) == scheme


def test_without_a_choice_the_colours_of_the_system_rule() -> None:
    system = {"virtaama_system_scheme": "dark"}
    assert (chosen_scheme(system), scheme_of(system)) == (None, "dark")
    chosen = system | {"virtaama_scheme": "light"}
    assert (chosen_scheme(chosen), scheme_of(chosen)) == ("light", "light")


def test_the_viewer_is_whom_the_guard_found() -> None:
    state = SimpleNamespace(who=Device(7, "Control room", "control_room"))
    user = user_of(state, {}, {}, "127.0.0.1")
    assert (user.viewer, user.role, user.is_person) == ("device:7", "control_room", False)


@pytest.mark.parametrize("state", [SimpleNamespace(), SimpleNamespace(who=None)])
def test_a_request_with_nobody_behind_it_has_no_viewer(state: SimpleNamespace) -> None:
    with pytest.raises(Unknown):
        user_of(state, {"virtaama_session": "x"}, {}, None)
