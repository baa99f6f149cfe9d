"""What can go wrong while starting and running the parts.

    VirtaamaError                 (schemas.errors)
    └── DeployError               base of everything raised here
        ├── AccountError          an account or a device token cannot be made or changed as asked
        ├── BrokerAccessError     the broker's passwords, rules or certificates cannot be written
        ├── FolderUnsuitable      a folder has no site file, or cannot be written
        ├── SettingsWrong         settings of a process are missing or wrong; carries all of them
        ├── SeveralSites          the database has several sites, and one must be named
        ├── PointUnknown          no point is called so
        ├── TagListUnreadable     a list of tags cannot be read, or holds none
        ├── StorageRefused        data cannot be kept for so long or so short
        ├── StorageBusy           others use what is to be dropped
        └── StackError            the embedded database, broker or browser
            ├── FetchError        the programs cannot be downloaded or unpacked
            ├── AlreadyRunning    another process of ours works in the same folder
            ├── PortTaken         someone else listens on the port that was asked for
            ├── DiskFull          the disk has no room for the data
            └── StartFailed       a program ended, or was not ready in time

Every message says what happened, where, and what to do about it.
"""

from schemas.errors import VirtaamaError


class DeployError(VirtaamaError):
    """Base of every error that `deploy` raises on purpose."""


class AccountError(DeployError):
    """An account or a device token cannot be made or changed as asked."""


class BrokerAccessError(DeployError):
    """The broker's passwords, rules or certificates cannot be written."""


class FolderUnsuitable(DeployError):  # noqa: N818 - names the state, as the sentence does
    """A folder has no site file, or has one where there shall be none, or cannot be written."""


class SettingsWrong(DeployError):  # noqa: N818 - names the state, as the sentence does
    """Settings are missing or wrong: `problems` holds one printable line for each."""

    def __init__(self, problems: list[str]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"settings of this process are missing or wrong:\n{lines}\n"
            "They are environment variables; docs/settings.md describes each."
        )
        self.problems = problems


class SeveralSites(DeployError):  # noqa: N818
    """The database has several sites, and one of them must be named."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(
            f"The database has the sites {', '.join(keys)}; say which one is meant with --site."
        )


class PointUnknown(DeployError):  # noqa: N818 - names the state, as the sentence does
    """No point is called so."""


class TagListUnreadable(DeployError):  # noqa: N818 - names the state, as the sentence does
    """A list of tags cannot be read, or holds none."""


class StorageRefused(DeployError):  # noqa: N818
    """A class of data cannot be kept for as long as was asked."""


class StorageBusy(DeployError):  # noqa: N818
    """Others used for a whole minute what was to be dropped."""

    def __init__(self) -> None:
        super().__init__(
            "what is to be dropped is being read or written, by a long question or a package that "
            "is taken home. What was dropped until now stays dropped; try again later, as the "
            "daily timer does."
        )


class StackError(DeployError):
    """The embedded database, broker or browser cannot be provided."""


class FetchError(StackError):
    """The programs cannot be downloaded or unpacked on this machine."""


class AlreadyRunning(StackError):  # noqa: N818 - names the state, as the sentence does
    """Another live process of ours works in the same folder."""


class PortTaken(StackError):  # noqa: N818
    """Someone else listens on the port that was asked for."""


class DiskFull(StackError):  # noqa: N818
    """The disk has no room for the data."""


class StartFailed(StackError):  # noqa: N818
    """A program ended while starting, or was not ready in time."""
