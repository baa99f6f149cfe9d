"""What can go wrong in ingest and stop it.

    VirtaamaError
    ├── DatabaseRefused      the database refuses a batch, and trying again would not help
    ├── EndpointUnusable     the address for metrics and health cannot be used
    ├── NoSuchQuarantined    a quarantine number that does not exist
    ├── SourceFailed         the connection to the broker failed in a way we do not know
    └── SpoolUnusable        the spool's file or folder cannot be used

What heals by itself (an absent broker or database) is waited for and is no error.
"""

import os
from pathlib import Path

from schemas.errors import VirtaamaError


class DatabaseRefused(VirtaamaError):  # noqa: N818 - names the event, as the sentence does
    """The database refuses a batch for a reason that lies in the program or the schema."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(
            f"The database refuses to store readings: {cause} ({type(cause).__name__}). Nothing "
            "was acknowledged, the broker still has the messages. Check that `virtaama migrate` "
            "has been run with this version, then start again."
        )


class EndpointUnusable(VirtaamaError):  # noqa: N818
    """The address for metrics and health cannot be used."""

    def __init__(self, host: str, port: int, cause: OSError) -> None:
        why = os.strerror(cause.errno) if cause.errno else str(cause)
        super().__init__(
            f"Metrics and health cannot be served on {host}:{port}: {why}. Choose another "
            "VIRTAAMA_INGEST_ENDPOINT_PORT, one for each ingest process."
        )


class NoSuchQuarantined(VirtaamaError):  # noqa: N818
    """There is no quarantined message of this number."""

    def __init__(self, quarantine_id: int) -> None:
        super().__init__(
            f"There is no quarantined message {quarantine_id}; see `virtaama quarantine list`."
        )


class SourceFailed(VirtaamaError):  # noqa: N818
    """The network thread ended by an error that it does not know."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(
            f"The connection to the broker failed: {cause} ({type(cause).__name__}). Nothing "
            "unwritten was acknowledged. Start again; if it happens again, report it."
        )


class SpoolUnusable(VirtaamaError):  # noqa: N818
    """The spool's file or folder cannot be used."""

    def __init__(self, path: Path, cause: BaseException) -> None:
        super().__init__(
            f"The spool {path} cannot be used: {cause} ({type(cause).__name__}). The folder must "
            "exist on this machine's own disk, be writable for us and belong to one ingest process "
            "alone. A broken file is read as far as it goes and set aside when we start again."
        )
