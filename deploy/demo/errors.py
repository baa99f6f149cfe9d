"""What can go wrong with the demonstration's input.

VirtaamaError             (schemas.errors)
└── DeployError           (deploy.errors)
    └── DemoError         base of everything raised here
        ├── RecordingUnreadable  a recording does not look as its description says
        ├── ReplaySettingWrong   a speed or a name that the replayer does not have
        └── SourceMissing        a point of the site is fed by nothing, or twice
"""

from deploy.errors import DeployError


class DemoError(DeployError):
    """Base of every error of the demonstration's input."""


class RecordingUnreadable(DemoError):  # noqa: N818 - names the state, as the sentence does
    """A recording does not look as its description says."""


class ReplaySettingWrong(DemoError):  # noqa: N818
    """A speed or a name that the replayer does not have."""


class SourceMissing(DemoError):  # noqa: N818
    """A point of the site has no source, or a source has no point."""
