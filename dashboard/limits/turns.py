"""Whose questions are answered now: a crowd of one viewer's does not hold up another's one."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from dashboard.limits.limit import Limit
from dashboard.limits.refusals import Refusals

Answer = TypeVar("Answer")


class TooBusy(Exception):  # noqa: N818 - names the state; never leaves the pages
    """Too many questions of one viewer or of all guests wait, or one has waited too long.

    `own` tells whether the viewer's own questions were in the way; whether others' were is nobody's
    business, so that such a refusal is shown as an answer that took too long.
    """

    def __init__(self, *, own: bool) -> None:
        super().__init__()
        self.own = own


@dataclass(frozen=True)
class TurnLimits:
    """How many questions are answered at once: in all, of one viewer, of all guests together.

    Of one viewer `waiting_max` may wait, each for `wait_max_s`. Of all guests `guests_waiting_max`
    may; beyond that each guest has an equal share of it, so that they are never twice as many.
    """

    all_max: int
    each_max: int
    guests_max: int
    waiting_max: int
    guests_waiting_max: int
    wait_max_s: float


@dataclass
class _Viewer:
    """The questions of one viewer; `present` wait or are being answered."""

    places: asyncio.Semaphore
    is_guest: bool
    present: int = field(default=0)


class Turns:
    """Answers questions in threads; for the event loop.

    Viewers take turns: whoever asks a hundred things waits behind whoever asks one.
    """

    def __init__(self, limits: TurnLimits, refusals: Refusals) -> None:
        self._limits = limits
        self._refusals = refusals
        self._everybody = asyncio.Semaphore(limits.all_max)
        self._guests = asyncio.Semaphore(limits.guests_max)
        self._viewers: dict[str, _Viewer] = {}
        self._threads = ThreadPoolExecutor(limits.all_max, "question")

    async def run(self, viewer: str, work: Callable[[], Answer], *, is_guest: bool) -> Answer:
        """Return what `work` returns when the viewer's turn comes. Raises TooBusy."""
        async with self.turn(viewer, is_guest=is_guest):
            context = contextvars.copy_context()
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: context.run(work)
            )

    @asynccontextmanager
    async def turn(self, viewer: str, *, is_guest: bool) -> AsyncIterator[None]:
        """Wait until the viewer's turn comes, and have it during the block. Raises TooBusy."""
        asking = self._viewers.setdefault(
            viewer, _Viewer(asyncio.Semaphore(self._limits.each_max), is_guest)
        )
        if asking.present >= self._limits.waiting_max:
            sentence = "too many of its questions wait"
            self._refuse(Limit.QUESTIONS_WAITING, viewer, sentence, own=True)
        if is_guest and self._has_its_share(asking):
            sentence = "too many questions of guests wait"
            self._refuse(Limit.QUESTIONS_OF_GUESTS_WAITING, viewer, sentence, own=False)
        asking.present += 1
        taken: list[asyncio.Semaphore] = []
        wanted = [asking.places, *([self._guests] if is_guest else []), self._everybody]
        try:
            try:
                async with asyncio.timeout(self._limits.wait_max_s):
                    for places in wanted:
                        await places.acquire()
                        taken.append(places)
            except TimeoutError:
                sentence = "its question had no turn in time"
                self._refuse(Limit.QUESTIONS_WAIT, viewer, sentence, own=not taken)
            yield
        finally:
            for places in taken:
                places.release()
            asking.present -= 1
            if not asking.present:
                del self._viewers[viewer]

    def _has_its_share(self, asking: _Viewer) -> bool:
        """Tell whether guests have as many as they may, and this one as many as any."""
        guests = [one for one in self._viewers.values() if one.is_guest]
        allowed = self._limits.guests_waiting_max
        return (
            sum(one.present for one in guests) >= allowed
            and asking.present > 0
            and asking.present >= allowed // len(guests)
        )

    def _refuse(self, limit: Limit, viewer: str, sentence: str, *, own: bool) -> None:
        self._refusals.count(limit, viewer, sentence)
        raise TooBusy(own=own)
