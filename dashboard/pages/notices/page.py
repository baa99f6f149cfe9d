"""The page on which a person says in which browsers alarms are told: this one, and the others.

What a browser can do, only its script knows (`assets/notices.js`); it shows one of the sentences
that stand here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dash import ALL, Input, Output, callback, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.auth.roles import Right
from dashboard.components.card import card
from dashboard.components.shell import NOTICES
from dashboard.pages import registry
from dashboard.pages.alarms.acts import write
from dashboard.pages.context import PageContext, answer, away_note, page
from dashboard.pages.notices import renewing
from dashboard.pages.notices.sent import Unfit, read
from dashboard.pages.registry import Page
from dashboard.store.push_devices import OwnDevice, end, own, subscribe
from dashboard.texts import names
from dashboard.web import callback_input
from dashboard.web.services import services

# What stands between a person and a notice, and what is so when nothing does.
STATES = ("insecure", "unsupported", "denied", "dismissed", "failed", "asking", "off", "on")


def register() -> None:
    """Register the page and its callback with the app."""
    registry.register(
        Page("notices", NOTICES, _layout, names("push.title"), right=Right.ANSWER_ALARMS)
    )
    callback(
        Output("notice-devices", "children"),
        Output("notice-said", "children"),
        Input("notice-sent", "data"),
        Input({"type": "notice-end", "device": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )(_change)
    renewing.register_callback()


async def _layout(**_query: str) -> Any:
    return await page(_build)


def _build(context: PageContext) -> list[Any]:
    display, key = context.display, services().push.key
    return [
        html.H1(display.text("push.title"), className="page-name"),
        card(
            display.text("push.here"),
            [html.Div(_this(context, key), className="notice-card")],
            wide=True,
        ),
        card(
            display.text("push.devices"),
            [html.Div(_devices(context), id="notice-devices", className="notice-card")],
            wide=True,
        ),
    ]


def _this(context: PageContext, key: str | None) -> list[Any]:
    """Return what this browser can do."""
    display = context.display
    no_key = html.P(display.text("push.no_keys"), className="warn")
    return [
        html.P(display.text("push.what"), className="quiet"),
        dcc.Store(id="notice-sent"),  # the callback needs it also where there is no button
        _here(context, key) if key else no_key,
        html.Div(id="notice-said", className="form-said", role="status"),
    ]


def _here(context: PageContext, key: str) -> Any:
    """Return the button of this browser, and what its script may have to say."""
    sentences = {f"data-text-{each}": context.display.text(f"push.{each}") for each in STATES}
    return html.Div(
        [
            html.Button(
                context.display.text("push.notify"),
                id="notice-button",
                className="button",
                hidden=True,
            ),
            html.Div(id="notice-state", role="status"),
        ],
        id="notice-here",
        **{"data-key": key, **sentences},
    )


def _devices(context: PageContext) -> Any:
    with services().database.open(context.user.viewer) as connection:
        found = own(connection)
    if not found:
        return html.P(context.display.text("push.none"), className="quiet")
    return html.Ul([_device(one, context) for one in found], className="notice-list")


def _device(one: OwnDevice, context: PageContext) -> Any:
    display = context.display
    key = services().push.key
    is_current = one.server_key == key
    is_known = is_current or key is None  # then the other card says why nobody is told
    old = html.Span(display.text("push.old_key"), className="warn", hidden=is_known)
    since = display.text("push.since", moment=display.moment(one.created_at))
    return html.Li(
        [
            html.Div(
                [
                    html.Strong(one.label),
                    html.Span(since, className="quiet"),
                    html.Span(display.text("push.this"), className="notice-this", hidden=True),
                    old,
                ],
                className="notice-device",
            ),
            html.Button(
                display.text("push.end"),
                id={"type": "notice-end", "device": str(one.subscription_id)},
                className="button",
                **{"aria-label": f"{display.text('push.end')}: {one.label}"},
            ),
        ],
        # By the digest of its endpoint a browser knows itself.
        **{"data-digest": one.digest if is_current else ""},
    )


async def _change(sent: Any, _clicks: Any) -> Any:
    place = ctx.triggered_id
    if isinstance(place, dict):
        number = callback_input.text(place.get("device"))
        if not any(one.get("value") for one in ctx.triggered) or not _is_number(number):
            raise PreventUpdate
        return await _said(lambda context: _ended(context, int(number)))
    if not isinstance(sent, dict):
        raise PreventUpdate
    return await _said(lambda context: _subscribed(context, sent))


async def _said(build: Callable[[PageContext], str]) -> tuple[Any, Any]:
    def changed(context: PageContext) -> tuple[Any, Any]:
        failed = build(context)
        said = html.Span(failed, className="warn") if failed else ""
        return _devices(context), said

    found = await answer(changed)
    if found is None:
        return no_update, away_note()
    return found


def _ended(context: PageContext, number: int) -> str:
    return write(context, "push_end", {}, lambda connection: end(connection, number))


def _subscribed(context: PageContext, sent: Mapping[str, Any]) -> str:
    """Keep what a browser sent; return why not, or nothing."""
    try:
        device, key = read(sent, context.user.language, services().push)
    except Unfit as unfit:
        return context.display.text(unfit.text)
    detail = {"device": device.label}
    return write(
        context, "push_subscribe", detail, lambda connection: subscribe(connection, device, key)
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9
