"""Room for as many open files as there may be connections: each is one."""

import resource

from dashboard.errors import TooFewFiles

FURTHER_FILES = 200  # connections to the database, static files, the log


def require_files(connections_max: int) -> None:
    """Let this process open enough files. Raises TooFewFiles if the system forbids it."""
    needed = connections_max + FURTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise TooFewFiles(connections_max, hard, FURTHER_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
