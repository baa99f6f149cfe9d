"""Browsers in which somebody of the plant has signed in lately: no crowd where they are keeps them
from doing it again, not even one behind the same address.
"""

from dashboard.limits.addresses import counted_address
from dashboard.limits.connections import SeenLately

_MARK = "browser "


class KnownBrowsers(SeenLately):
    """Known by the tokens that they were given. Each process knows those that came to it."""

    def note(self, token: str) -> None:
        """Remember a browser."""
        super().note(_MARK + token)

    def counted(self, client: str, token: str) -> str:
        """Return as whom somebody is counted: as a known browser, else as an address."""
        own = _MARK + token
        return own if self.has(own) else counted_address(client)
