"""Ends the pages of those who may not read any more: one question for all open pages together."""

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg

from schemas.error_text import cause_of

CHECK_INTERVAL_S = 1.0  # sessions end by the clock too

_log = logging.getLogger(__name__)


class Revocation:
    """Asks which of the open pages' tokens live: once a second, and when rights have changed.

    Args:
        present: Returns the hashes of the tokens of all open pages.
        living: Asks the database which of them live, in a thread of its own.
        end_others: Ends the pages that none of the living tokens let in.
    """

    def __init__(
        self,
        present: Callable[[], set[bytes]],
        living: Callable[[Collection[bytes]], set[bytes]],
        end_others: Callable[[set[bytes]], None],
    ) -> None:
        self._present = present
        self._living = living
        self._end_others = end_others
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "revocation")

    def rights_changed(self) -> None:
        """Ask now."""
        self._changed.set()

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_INTERVAL_S):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self._check()
            except psycopg.OperationalError:
                continue  # nothing new can be read meanwhile either; the pages say so
            except psycopg.Error as error:
                _log.error("fail: sessions of open pages: %s", cause_of(error))
                self._end_others(set())

    async def _check(self) -> None:
        asked = self._present()
        if not asked:
            return
        loop = asyncio.get_running_loop()
        living = await loop.run_in_executor(self._thread, self._living, asked)
        # Who came meanwhile was let in just now.
        self._end_others(living | (self._present() - asked))
