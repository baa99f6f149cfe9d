"""A browser whose push service has given it another address: it stays told, without a press.

Browsers change an address by themselves, and hardly any says so to the script of notices: pages of
ours look when they are opened, and each hour (`assets/notices.js`).
"""

from typing import Any

from dash import Input, Output, callback
from dash.exceptions import PreventUpdate

from dashboard.pages.alarms.acts import write
from dashboard.pages.context import PageContext, answer
from dashboard.pages.notices.sent import Unfit, read
from dashboard.store.push_devices import renew
from dashboard.web import callback_input
from dashboard.web.services import services

DIGEST_CHARACTERS = 64


def register_callback() -> None:
    """Register the callback of the frame."""
    callback(
        Output("notice-known", "data-answered"),
        Input("notice-renewed", "data"),
        prevent_initial_call=True,
    )(_renew)


async def _renew(sent: Any) -> Any:
    if not isinstance(sent, dict):
        raise PreventUpdate

    def build(context: PageContext) -> str:
        try:
            device, key = read(sent, context.user.language, services().push)
        except Unfit:
            raise PreventUpdate from None
        old = callback_input.text(sent.get("old"))[:DIGEST_CHARACTERS]
        detail = {"device": device.label}
        write(context, "push_renew", detail, lambda connection: renew(connection, old, device, key))
        return callback_input.text(sent.get("mark"))[:DIGEST_CHARACTERS]

    said = await answer(build)
    if said is None:
        raise PreventUpdate  # it is asked again
    return said
