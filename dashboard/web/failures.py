"""What fails in spite of everything: one line in the log, and a number for whoever asked."""

import logging
import secrets
from collections.abc import Callable

from dash.exceptions import PreventUpdate
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.error_text import cause_of
from schemas.visible_text import visible

CALLBACK_MAX_CHARACTERS = 200
METHOD_MAX_CHARACTERS = 20
NUMBER_BYTES = 4

_log = logging.getLogger(__name__)


class AnswerBroken(Exception):  # noqa: N818 - names the state; logged before it is raised
    """An answer failed after its beginning was sent; the connection has to be closed."""


class Failures:
    """ASGI middleware: answers for what fails, and logs it once.

    Args:
        app: What may fail.
        answer: Makes the answer from the request and the number by which the log tells it.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[Request, str], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Raises AnswerBroken if it failed on its way."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except (PreventUpdate, ClientDisconnect, AnswerBroken):
            raise  # no failures: nothing to do, nobody there, told already
        except Exception as error:
            if scope["type"] != "http":
                raise
            request = Request(scope)
            number = _record(request, error)
            if begun:
                raise AnswerBroken from None
            await self._answer(request, number)(scope, receive, send)


class ToldAlready(logging.Filter):
    """Lets the server's log pass, but for the traceback of an answer that broke."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line says something new."""
        return not (record.exc_info and isinstance(record.exc_info[1], AnswerBroken))


def _record(request: Request, error: Exception) -> str:
    number = secrets.token_hex(NUMBER_BYTES)
    _log.error("fail: %s: %s; told as %s", _action(request), cause_of(error), number)
    _log.debug("fail: %s in full", number, exc_info=error)
    return number


def _action(request: Request) -> str:
    """Return what was asked, without what only the asker should know: no query, no values."""
    called = getattr(request.state, "called", None)
    if called is not None:
        return f"callback {visible(called, kept='')[:CALLBACK_MAX_CHARACTERS]}"
    route = getattr(request.scope.get("route"), "path", "no route")
    return f"{request.method[:METHOD_MAX_CHARACTERS]} {route}"
