"""What can go wrong in the dashboard before it serves anybody.

VirtaamaError
├── CannotListen   the address or port cannot be used
├── PrefixTaken    the path of the proxy begins as an address of our own does
└── TooFewFiles    the system allows fewer open files than the connections need
"""

from schemas.errors import VirtaamaError


class CannotListen(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The address or port that the settings name cannot be used."""

    def __init__(self, host: str, port: int, reason: str, setting: str = "") -> None:
        prefix = f"VIRTAAMA_DASHBOARD_{setting}"
        super().__init__(
            f"The dashboard cannot listen on {host}:{port}: {reason}. Stop what listens there, or "
            f"choose another address with {prefix}HOST and {prefix}PORT."
        )


class PrefixTaken(VirtaamaError):  # noqa: N818
    """Nobody could tell the path of the proxy from an address of our own."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            f"VIRTAAMA_DASHBOARD_PATH_PREFIX is {prefix}, and the dashboard has pages of its own "
            "there. Choose another path."
        )


class TooFewFiles(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The process may not open as many files as the settings allow connections."""

    def __init__(self, connections_max: int, files_max: int, further: int) -> None:
        super().__init__(
            f"{connections_max} connections need {connections_max + further} open files, and the "
            f"system allows {files_max}. Lower VIRTAAMA_DASHBOARD_CONNECTIONS_MAX to "
            f"{max(files_max - further, 0)}, or raise the limit (LimitNOFILE=, ulimit -n)."
        )
