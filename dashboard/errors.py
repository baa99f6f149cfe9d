"""What can go wrong in the dashboard before it serves anybody.

VirtaamaError
└── CannotListen   the address or port cannot be used
"""

from schemas.errors import VirtaamaError


class CannotListen(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The address or port that the settings name cannot be used."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The dashboard cannot listen on {host}:{port}: {reason}. Stop what listens there, or "
            "choose another address with VIRTAAMA_DASHBOARD_HOST and VIRTAAMA_DASHBOARD_PORT."
        )
