"""How much room the disk below an installation has left."""

import shutil
from pathlib import Path

from deploy.errors import DiskFull

START_MIN_BYTES = 1_000_000_000  # a new cluster, its write-ahead log and a first day of readings
WARN_BELOW_BYTES = 500_000_000


def require_room(folder: Path) -> None:
    """Raise DiskFull if there is no room to start in `folder`."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < START_MIN_BYTES:
        raise DiskFull(
            f"The disk of {folder} has {_megabytes(free_bytes)} left, and "
            f"{_megabytes(START_MIN_BYTES)} are needed to start. Make room, or choose a folder on "
            "another disk."
        )


def shortage(folder: Path) -> str | None:
    """Return a sentence if the disk of `folder` will soon be full, else None."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes >= WARN_BELOW_BYTES:
        return None
    return (
        f"THE DISK IS NEARLY FULL: {_megabytes(free_bytes)} are left for {folder}. When it is "
        "full nothing more is stored, and senders are kept waiting. Make room."
    )


def _megabytes(count: int) -> str:
    return f"{count // 1_000_000:,} MB".replace(",", " ")
