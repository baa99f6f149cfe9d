"""What an expected error means for whoever typed the command."""

import psycopg

from schemas.errors import VirtaamaError

_DATABASE = "Check VIRTAAMA_DATABASE_URL and the server."
_MIGRATE = "Run `virtaama migrate` first."
# SQLSTATEs (https://www.postgresql.org/docs/17/errcodes-appendix.html) and classes of them.
_SENTENCES = {
    "42P01": f"The database has no Virtaama schema yet: {{}}. {_MIGRATE}",
    "3F000": f"The database has no Virtaama schema yet: {{}}. {_MIGRATE}",
    "22023": f"The database has no Virtaama schema yet: {{}}. {_MIGRATE}",  # no such role
    "42703": f"The database's schema is older than this program: {{}}. {_MIGRATE}",
    "42501": "The database does not allow it: {}. `virtaama migrate` and `site load` need the "
    "owner of the database, the others what the owner granted.",
    "25006": "The database is read-only: {}. Is it a replica? Use its primary.",
    "08": f"The database is away: {{}}. {_DATABASE}",
    "28": f"The database does not let us in: {{}}. {_DATABASE}",
    "3D": f"The database does not exist: {{}}. {_DATABASE}",
    "53": f"The database has no room: {{}}. {_DATABASE}",
    "57": f"The database is away: {{}}. {_DATABASE}",
}


def sentence_of(error: Exception) -> str | None:
    """Return the sentence for an error that its reader can do something about, else None."""
    if isinstance(error, VirtaamaError):
        return str(error)
    # psycopg and asyncpg both say it with the state of SQL.
    state = getattr(error, "sqlstate", None)
    if state is not None:
        sentence = _SENTENCES.get(state) or _SENTENCES.get(state[:2])
        return sentence and sentence.format(_one_line(error))
    if isinstance(error, psycopg.OperationalError):
        return f"The database cannot be reached: {_one_line(error)}. {_DATABASE}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, OSError):
        return f"The server does not answer: {_one_line(error) or 'in time'}. {_DATABASE}"
    return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".?")
