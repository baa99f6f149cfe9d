"""Says once that something is away, and once that it is back."""

import logging
import time


class Outage:
    """The outages of one thing that we need, such as the database.

    Of these for others to read: since when the thing works, None if it does not; when the last
    outage began, by the clock of the wall; why; and how many there were.
    """

    def __init__(self, log: logging.Logger, subject: str) -> None:
        self._log = log
        self._subject = subject
        self._since_s: float | None = None
        self.works_since_s: float | None = None
        self.began_s: float | None = None
        self.cause = ""
        self.times = 0

    @property
    def ongoing(self) -> bool:
        """Whether the thing is away."""
        return self._since_s is not None

    def goes_on(self, cause: object) -> None:
        """Note a failed try; logged if it is the first one or the cause is another one."""
        text = f"{type(cause).__name__}: {cause}" if isinstance(cause, Exception) else str(cause)
        if self._since_s is None:
            self._since_s = time.monotonic()
            self.works_since_s, self.began_s = None, time.time()
            self.times += 1
            self._log.warning("wait: %s is not available (%s); trying on", self._subject, text)
        elif text != self.cause:
            self._log.warning("wait: %s is still not available (%s)", self._subject, text)
        self.cause = text

    def is_over(self) -> None:
        """Note that the thing works; logged if it did not before."""
        if self._since_s is not None:
            away_s = time.monotonic() - self._since_s
            self._log.info("resume: %s is back after %.1f s", self._subject, away_s)
            self._since_s = None
        if self.works_since_s is None:
            self.works_since_s = time.time()
