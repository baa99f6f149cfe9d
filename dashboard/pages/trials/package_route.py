"""`GET /trials/{trial}/package`: the data of a trial as one download.

What forbids it is said before the first byte, as a page with a status. "No such trial" and "not
yours" are the same page. A package that fails on its way ends in the middle, so that the browser
says so, and the access log tells it.
"""

import asyncio
import html
import logging
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from dashboard.exports.errors import (
    ExportError,
    ExportRefused,
    PackageAbandoned,
    Refusal,
    TrialNotFound,
)
from dashboard.exports.stream import Pipe
from dashboard.exports.trial_package.package import write
from dashboard.exports.trial_package.request import ExportLimits, PackageRequest, request_package
from dashboard.limits.limit import Limit
from dashboard.limits.places import Places
from dashboard.limits.refusals import Refusals
from dashboard.limits.settings import LimitSettings
from dashboard.limits.writing import log_sentence
from dashboard.pages.trials.access import trial_number
from dashboard.store import access_log, rights
from dashboard.store.database import Database
from dashboard.store.errors import LimitReached
from dashboard.web.request_user import RequestUser, user_of_request
from schemas.error_text import cause_of

PATH = "/trials/{trial}/package"
CHECK_INTERVAL_S = 1.0

_STATUS = {Refusal.ROLE: 403, Refusal.EMPTY: 409}
_TOO_MUCH = 429
_LIMITS = {
    Refusal.BUSY: Limit.PACKAGES,
    Refusal.RUNNING: Limit.PACKAGES_RUNNING,
    Refusal.DAY: Limit.PACKAGES_PER_DAY,
    Refusal.SIZE: Limit.PACKAGE_READINGS,
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PackageLimits:
    """How many packages are made at once and for how long, and what an account may take home."""

    at_once_max: int
    time_max_s: float
    export: ExportLimits

    @classmethod
    def of(cls, settings: LimitSettings) -> "PackageLimits":
        """Return the limits that the settings name."""
        export = ExportLimits(
            settings.dashboard_packages_per_day_max, settings.dashboard_package_readings_max
        )
        return cls(settings.dashboard_packages_max, settings.dashboard_package_time_max_s, export)


def register(
    server: FastAPI, database: Database, limits: PackageLimits, refusals: Refusals
) -> None:
    """Add the route to the server."""
    packages = Packages(database, limits, refusals)
    server.add_api_route(PATH, packages.answer, methods=["GET"], response_model=None)


class Packages:
    """Makes packages, each with a connection and a thread of its own, for minutes."""

    def __init__(self, database: Database, limits: PackageLimits, refusals: Refusals) -> None:
        self._database = database
        self._limits = limits
        self._refusals = refusals
        self._places = Places(limits.at_once_max)
        # The same threads again and again: what one has allocated the next package uses.
        self._threads = ThreadPoolExecutor(limits.at_once_max, "package")

    async def answer(self, trial: str, request: Request) -> Response:
        """Answer with the package, or with the page that says why there is none."""
        user = user_of_request(request)
        try:
            return await self._package(trial, user, _company(request))
        except TrialNotFound:
            return _page(user, 404, "trial.none")
        except ExportRefused as refused:
            status = _STATUS.get(refused.refusal, _TOO_MUCH)
            if refused.refusal in _LIMITS:
                self._refusals.count(_LIMITS[refused.refusal], user.viewer, str(refused))
            return _page(user, status, f"package.{refused.refusal}")
        except LimitReached as reached:
            limit = Limit(reached.limit)
            self._refusals.count(limit, user.viewer, log_sentence(limit, trial))
            return _page(user, _TOO_MUCH, f"reached.{reached.limit}")
        except psycopg.OperationalError as error:
            _log.warning("package: the database is away: %s", error)
            return _page(user, 503, "app.database_away")

    async def _package(self, trial: str, user: RequestUser, company: str | None) -> Response:
        number = trial_number(trial)
        if number is None:
            raise TrialNotFound
        if not self._places.take(company):
            raise ExportRefused(Refusal.BUSY, "No package can be made now; wait a while.")
        try:
            wanted = await asyncio.to_thread(self._asked_for, user, number)
            chunks = self._start(user, wanted, company)
        except BaseException:
            self._places.give_back(company)
            raise
        first = await anext(chunks)
        headers = {
            "Content-Disposition": f'attachment; filename="{wanted.file_name}"',
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
        until_s = time.monotonic() + self._limits.time_max_s
        body = _attended(first, chunks, lambda: self._may_go_on(user, number, until_s))
        return _Download(body, chunks, headers)

    def _asked_for(self, user: RequestUser, number: int) -> PackageRequest:
        with self._database.open_to_write(user.viewer) as connection:
            return request_package(
                connection, number, datetime.now(UTC), limits=self._limits.export
            )

    def _may_go_on(self, user: RequestUser, number: int, until_s: float) -> bool:
        if time.monotonic() > until_s:
            self._refusals.count(Limit.PACKAGE_TIME, user.viewer, "its package took too long")
            return False
        with self._database.open(user.viewer) as connection:
            return rights.trial(connection, number) is not None

    def _start(
        self, user: RequestUser, wanted: PackageRequest, company: str | None
    ) -> AsyncGenerator[bytes]:
        """Begin to write in a thread; return what it writes."""
        pipe = Pipe(asyncio.get_running_loop())

        def work() -> None:
            try:
                self._write(user, wanted, pipe)
            finally:
                self._places.give_back(company)

        self._threads.submit(work)
        return pipe.chunks()

    def _write(self, user: RequestUser, wanted: PackageRequest, pipe: Pipe) -> None:
        """Write a package into the pipe; log what it fails by."""
        try:
            with self._database.open_snapshot(user.viewer) as connection:
                write(connection, wanted, pipe, datetime.now(UTC))
            pipe.end()
        except Exception as error:
            is_known = isinstance(error, ExportError | psycopg.Error)
            cause = error if is_known else cause_of(error)
            _log.warning("package: trial %d failed: %s", wanted.trial.trial_id, cause)
            self._log_failure(user, wanted, error)
            _tell(pipe, error)

    def _log_failure(self, user: RequestUser, wanted: PackageRequest, error: Exception) -> None:
        event = access_log.AuditEvent(
            access_log.Action.EXPORT_FAILED,
            wanted.file_name,
            trial_id=wanted.trial.trial_id,
            detail={"why": _why(error)},
        )
        try:
            with self._database.open_to_write(user.viewer) as connection:
                access_log.record(connection, event)
        except (psycopg.Error, LimitReached) as unlogged:
            _log.warning("package: the failure is not in the access log: %s", unlogged)


class _Download(StreamingResponse):
    """An answer that breaks off when its package does.

    The end of the answer is then never sent, and the browser says that the download failed.
    """

    def __init__(
        self, body: AsyncGenerator[bytes], chunks: AsyncGenerator[bytes], headers: dict[str, str]
    ) -> None:
        super().__init__(body, headers=headers, media_type="application/zip")
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is; whoever left before it began leaves no writer behind that waits."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._chunks.aclose()

    async def stream_response(self, send: Send) -> None:
        """Send what there is."""
        try:
            await super().stream_response(send)
        except Exception as error:  # whatever it is, the writer has logged it
            _log.info("package: the answer breaks off: %r", error)


async def _attended(
    first: bytes, chunks: AsyncGenerator[bytes], may_go_on: Callable[[], bool]
) -> AsyncGenerator[bytes]:
    """Yield all chunks; break off when access to the trial ends on the way, or time is up."""
    checked_s = time.monotonic()
    async with aclosing(chunks):
        yield first
        async for chunk in chunks:
            if time.monotonic() - checked_s >= CHECK_INTERVAL_S:
                checked_s = time.monotonic()
                if not await asyncio.to_thread(may_go_on):
                    raise PackageAbandoned
            yield chunk


def _company(request: Request) -> str | None:
    """Return the company of whoever asks, and of a guest the account; None for the staff."""
    user, who = user_of_request(request), request.state.who
    if not user.only_trials:
        return None
    return getattr(who, "company", None) or user.viewer


def _why(error: Exception) -> str:
    if isinstance(error, ExportRefused):
        return str(error.refusal)
    return "broken_off" if isinstance(error, PackageAbandoned) else "error"


def _tell(pipe: Pipe, error: Exception) -> None:
    try:
        pipe.end(error)
    except (ExportError, RuntimeError):
        _log.info("package: nobody waits for it any more")


def _page(user: RequestUser, status: int, sentence: str) -> HTMLResponse:
    """Return a page of its own; nothing in it comes from the request or the database."""
    words: dict[str, Any] = {
        "language": user.language,
        "sentence": html.escape(user.text(sentence)),
        "trials": user.address("/trials"),
        "back": html.escape(user.text("package.back")),
    }
    return HTMLResponse(_PAGE.format(**words), status, {"Cache-Control": "no-store"})


_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Virtaama</title>
</head>
<body><p>{sentence}</p><p><a href="{trials}">{back}</a></p></body>
</html>
"""
