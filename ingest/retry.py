"""How long to wait before the next try: full jitter below a bound that doubles.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

import random

FIRST_BOUND_S = 0.2


class Backoff:
    """Waits of one retried action; `reset` after a success."""

    def __init__(self, limit_s: float) -> None:
        """`limit_s` bounds every wait."""
        self._limit_s = limit_s
        self._bound_s = FIRST_BOUND_S

    def next_s(self) -> float:
        """Return the seconds to wait now."""
        bound_s = min(self._bound_s, self._limit_s)
        self._bound_s = 2 * bound_s
        return random.uniform(0, bound_s)  # noqa: S311 - not a secret

    def reset(self) -> None:
        """Start from the shortest bound again."""
        self._bound_s = FIRST_BOUND_S
