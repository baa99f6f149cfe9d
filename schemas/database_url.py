"""What the database's URL must look like. It holds a password, so no message ever quotes it."""

from typing import Annotated
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, SecretStr

EXAMPLE = "postgresql://user:password@host:port/database"
_SIGNS = "in user and password, write %40 for @, %2F for /, %3A for : and %25 for %"
SCHEMES = ("postgresql", "postgres")


def check_database_url(url: str) -> str:
    """Let a URL of PostgreSQL pass. Raises ValueError that says how it should look."""
    if urlsplit(url).scheme not in SCHEMES:
        raise ValueError(f"must look like {EXAMPLE}")
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError:
        raise ValueError(f"must look like {EXAMPLE}; {_SIGNS}") from None
    if "@" in str(parts.get("host", "")):
        raise ValueError(f"must look like {EXAMPLE}; {_SIGNS}")
    for port in str(parts.get("port", "5432")).split(","):
        if not port.isdecimal() or not 0 < int(port) <= 65_535:
            raise ValueError(f"must look like {EXAMPLE}, with a port from 1 to 65535; {_SIGNS}")
    return url


def _checked(url: SecretStr) -> SecretStr:
    check_database_url(url.get_secret_value())
    return url


# What a setting holds that is such a URL.
DatabaseUrl = Annotated[SecretStr, AfterValidator(_checked)]
