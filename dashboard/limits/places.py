"""Who makes packages now: one company does not keep others from theirs, nor the staff."""

import threading
from collections import Counter


class Places:
    """Room for `all_max` at once; safe to ask from several threads.

    A company has one place, and all companies together leave one to the staff if there are several.
    """

    def __init__(self, all_max: int) -> None:
        self._all_max = all_max
        self._lock = threading.Lock()
        self._taken: Counter[str | None] = Counter()  # by company; None: the staff

    def take(self, company: str | None) -> bool:
        """Take a place; False if there is none for this company, or for the staff (None)."""
        with self._lock:
            free = self._all_max - self._taken.total()
            if company is not None and (self._taken[company] or (free == 1 < self._all_max)):
                return False
            if free <= 0:
                return False
            self._taken[company] += 1
            return True

    def give_back(self, company: str | None) -> None:
        """Leave a place."""
        with self._lock:
            self._taken -= Counter({company: 1})
