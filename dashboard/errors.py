"""What can go wrong in the dashboard before it serves anybody.

VirtaamaError
├── CannotListen   the address or port cannot be used
└── TooFewFiles    the system allows fewer open files than the connections need
"""

from schemas.errors import VirtaamaError


class CannotListen(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The address or port that the settings name cannot be used."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"The dashboard cannot listen on {host}:{port}: {reason}. Stop what listens there, or "
            "choose another address with VIRTAAMA_DASHBOARD_HOST and VIRTAAMA_DASHBOARD_PORT."
        )


class TooFewFiles(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The process may not open as many files as the settings allow connections."""

    def __init__(self, connections_max: int, files_max: int, further: int) -> None:
        super().__init__(
            f"{connections_max} connections need {connections_max + further} open files, and the "
            f"system allows {files_max}. Lower VIRTAAMA_DASHBOARD_CONNECTIONS_MAX to "
            f"{max(files_max - further, 0)}, or raise the limit (LimitNOFILE=, ulimit -n)."
        )
