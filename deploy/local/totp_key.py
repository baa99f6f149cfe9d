"""The key by which an installation on this machine encrypts second factors."""

from pathlib import Path

from dashboard.auth.totp_keys import new_key
from deploy.local.secret_file import write_private

NAME = "totp-key"


def provide_totp_key(folder: Path) -> str:
    """Return the key, made at the first start; only its owner can read it. Raises OSError."""
    file = folder / NAME
    if not file.exists():
        write_private(file, new_key())
    return file.read_text(encoding="utf-8").strip()
