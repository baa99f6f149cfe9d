"""What can go wrong on the shared floor.

    VirtaamaError
    ├── SiteFileError        a site file has errors; carries all of them
    ├── MigrationError       the database was made by other migrations than ours, or one failed
    ├── DatabaseUnsuitable   PostgreSQL or TimescaleDB is missing or too old
    ├── RightsMissing        the database user may not do what the migrations do; carries all of it
    ├── DatabasePooled       a pooler lends connections by the transaction
    └── UnitsUnavailable     the libraries that know the units do not fit together

A `VirtaamaError` is meant for its reader: the message says what, where and what to do, and the
command line prints it without a traceback.
"""


class VirtaamaError(Exception):
    """Base of every error that Virtaama raises on purpose."""


class SiteFileError(VirtaamaError):
    """A site file has errors: `problems` holds one printable line for each."""

    def __init__(self, problems: list[str]) -> None:
        errors = "an error" if len(problems) == 1 else f"{len(problems)} errors"
        super().__init__("\n".join([f"the site file has {errors}", *problems]))
        self.problems = problems


class MigrationError(VirtaamaError):
    """The database was made by other migrations than ours, or one could not be applied."""


class DatabaseUnsuitable(VirtaamaError):  # noqa: N818 - names the state, as the sentence does
    """The database server cannot carry Virtaama."""


class RightsMissing(VirtaamaError):  # noqa: N818
    """The database user may not apply the migrations: `problems` says what, with the statement."""

    def __init__(self, user: str, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"the database user {user} may not do what the migrations do; nothing was changed:\n"
            f"{lines}\n"
            "A superuser allows it with these statements. docs/access.md tells what they are for."
        )
        self.problems = problems


class DatabasePooled(VirtaamaError):  # noqa: N818
    """Between us and the database stands a pooler that lends a server by the transaction."""

    def __init__(self) -> None:
        super().__init__(
            "VIRTAAMA_DATABASE_URL leads to a pooler that lends a connection for one transaction "
            "(PgBouncer with pool_mode = transaction or statement). Roles, prepared statements and "
            "notifications would be lost or reach others. Connect to PostgreSQL directly, or with "
            "pool_mode = session."
        )


class UnitsUnavailable(VirtaamaError):  # noqa: N818
    """The registry of units does not load: no unit at all can be judged or converted."""
