"""What stands around every page: site, navigation, the clock, the state of the connection."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import dash
import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.auth.roles import Right, may
from dashboard.components.alarm_badge import alarm_badge, sound_button
from dashboard.components.check_words import LIMIT_SIGNS, judging_words
from dashboard.components.site_switcher import site_name
from dashboard.sign_in.paths import PASSWORD, SECOND_FACTOR, SIGN_OUT
from dashboard.store.alarms import NO_ALARMS, Summary
from dashboard.store.plant import Plant
from dashboard.store.sites import SiteName
from dashboard.texts import LANGUAGE_NAMES, texts_below
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser
from dashboard.web.services import services
from schemas.catalogue import Names
from schemas.languages import LANGUAGES
from schemas.quality import Qc

NOTICES = "/notices"  # the page of a person's own browsers
IN_A_ROW_MAX = 5  # pages in the menu of a phone, as the style sheet has it


class Link(NamedTuple):
    """A page in the navigation; its symbol is `assets/icons/<key>.svg`."""

    key: str
    name: Names
    path: str


def shell(
    plant: Plant,
    user: RequestUser,
    links: Sequence[Link],
    sites: Sequence[SiteName],
    alarms: Summary = NO_ALARMS,
) -> Any:
    """Return the frame into which pages are put; `sites` are those that the viewer may choose."""
    display = user.display(plant.zone)
    return dmc.MantineProvider(
        [
            dcc.Store(id="screen"),
            dcc.Store(id="tick"),
            dcc.Store(id="alarm-tick"),
            html.Div(id="live-facts", hidden=True, **_facts(plant, display)),
            *_told_browser(user),
            html.A(display.text("app.skip"), href="#content", className="skip"),
            _header(site_name(plant, display, user, sites), display, user, alarms),
            _navigation(display, links),
            html.Main(
                [
                    html.Div(id="unreached", className="notice", role="alert", hidden=True),
                    dash.page_container,
                ],
                id="content",
                tabIndex="-1",
            ),
        ],
        forceColorScheme=display.scheme,
        theme={"fontFamily": "var(--font)", "primaryColor": "gray"},
    )


def _told_browser(user: RequestUser) -> list[Any]:
    """Return what a browser needs to tell that it has another address (`assets/notices.js`)."""
    push_key = services().push.key
    if push_key is None or not may(user.role, Right.ANSWER_ALARMS):
        return []
    known = html.Div(id="notice-known", hidden=True, **{"data-key": push_key, "data-answered": ""})
    return [dcc.Store(id="notice-renewed"), known]


def _facts(plant: Plant, display: DisplaySettings) -> dict[str, str]:
    """Return what the page's scripts need: words, locale, zone, and the words of states."""
    verdicts = {
        str(verdict.value): display.text(f"quality.{verdict.name.lower()}") for verdict in Qc
    }
    words = texts_below("live", display.language) | {"link": texts_below("link", display.language)}
    all_words = words | {"quality": verdicts, "checks": judging_words(display)}
    all_words |= {"limits": LIMIT_SIGNS}
    states = {
        point.point_id: {f"{value:.0f}": display.name(name) for value, name in point.states.items()}
        for point in plant.points.values()
        if point.states
    }
    return {
        "data-words": json.dumps(all_words, ensure_ascii=False),
        "data-states": json.dumps(states, ensure_ascii=False),
        "data-locale": display.locale.replace("_", "-"),
        "data-separators": display.separators,
        "data-zone": plant.zone.key,
    }


def _header(site: Any, display: DisplaySettings, user: RequestUser, alarms: Summary) -> Any:
    other = "light" if display.scheme == "dark" else "dark"
    return html.Header(
        [
            site,
            alarm_badge(alarms, display),
            sound_button(user),
            html.Div(
                [html.Span(className="link-mark"), html.Span(display.text("link.connecting"))],
                id="link-state",
                className="link-state",
                role="status",
            ),
            html.Div(id="clock", className="clock"),
            html.Div(
                id="printed", className="printed", **{"data-words": display.text("app.printed")}
            ),
            html.Div(
                [
                    html.Button(
                        language,
                        title=LANGUAGE_NAMES[language],
                        className="choice",
                        lang=language,
                        **_cookie("virtaama_language", language),
                        **{
                            "aria-pressed": str(language == display.language).lower(),
                            "aria-label": LANGUAGE_NAMES[language],
                        },
                    )
                    for language in LANGUAGES
                ],
                className="choices",
                role="group",
                **{"aria-label": display.text("app.language")},
            ),
            html.Button(
                html.Span(className=f"icon icon-{other}"),
                title=display.text(f"app.{other}"),
                className="choice scheme",
                **_cookie("virtaama_scheme", other),
                **{"aria-label": display.text(f"app.{other}")},
            ),
            _person(user) if user.is_person else None,
        ],
        className="header",
    )


def _person(user: RequestUser) -> Any:
    """Return who is signed in, and what to do about it."""
    return html.Details(
        [
            html.Summary(
                [
                    html.Span(user.name, className="person-long"),
                    html.Span(_initials(user.name), className="person-short"),
                ],
                className="choice person-name",
                title=user.name,
            ),
            html.Div(
                [
                    html.Div(user.text(f"role.{user.role}"), className="quiet"),
                    html.A(
                        user.text("sign_in.change_password"),
                        href=user.address(PASSWORD),
                        className="choice",
                    ),
                    html.A(
                        user.text("sign_in.second_factor"),
                        href=user.address(SECOND_FACTOR),
                        className="choice",
                    ),
                    html.A(
                        user.text("push.title"),
                        href=user.address(NOTICES),
                        className="choice",
                    )
                    if may(user.role, Right.ANSWER_ALARMS)
                    else None,
                    html.Form(
                        html.Button(user.text("sign_in.sign_out"), className="choice"),
                        method="POST",
                        action=user.address(SIGN_OUT),
                    ),
                ],
                className="person-menu",
            ),
        ],
        className="person",
    )


def _initials(name: str) -> str:
    """Return what a phone has room for."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def _cookie(name: str, value: str) -> dict[str, str]:
    """Return the attributes by which a button sets a cookie (assets/screen.js)."""
    return {"data-cookie": name, "data-cookie-value": value}


def _navigation(display: DisplaySettings, links: Sequence[Link]) -> Any:
    """Return the menu; a phone shows what stands in a row, and a button for the rest."""
    more = html.Button(
        [
            html.Span("…", className="icon-more", **{"aria-hidden": "true"}),
            html.Span(display.text("app.more")),
        ],
        className="nav-link nav-more",
        **{"aria-expanded": "false"},
    )
    return html.Nav(
        [
            dcc.Link(
                [
                    html.Span(
                        className="icon",
                        style={"--picture": f"url({dash.get_asset_url(f'icons/{link.key}.svg')})"},
                        **{"aria-hidden": "true"},
                    ),
                    html.Span(display.hyphenated(display.name(link.name))),
                ],
                href=display.address(link.path),
                className="nav-link",
            )
            for link in links
        ]
        + ([more] if len(links) > IN_A_ROW_MAX else []),
        className="navigation",
        **{"aria-label": display.text("app.menu")},
    )
