"""What `virtaama up` is asked to run, and what speaks against it before anything is started."""

from dataclasses import dataclass
from pathlib import Path

from deploy.errors import FolderUnsuitable
from deploy.local.disk import require_room
from deploy.local.notifying import FILE
from deploy.stack.ports import require_free
from schemas.site.model import Site
from schemas.site.reader import read

DATA = ".virtaama"
MQTT_PORT = 1883
MQTT_TLS_PORT = 8883


@dataclass(frozen=True)
class UpPlan:
    """A folder with a site file, and where its plant is reached.

    With `network_name`, a name or address of this machine, others may publish, over TLS.
    """

    folder: Path
    dashboard_port: int
    mqtt_port: int
    login: str
    network_name: str | None = None

    @property
    def data(self) -> Path:
        """The folder of everything that is stored."""
        return self.folder / DATA

    @property
    def environment_file(self) -> Path:
        """The file that a shell reads so that commands reach this plant's database."""
        return self.data / "environment"

    @property
    def notify_file(self) -> Path:
        """The file that says who is called to alarms, and how."""
        return self.data / FILE


def read_site(folder: Path) -> Site:
    """Read the site file of a folder. Raises FolderUnsuitable, SiteFileError."""
    make = (
        f"`virtaama site new TAGLIST --out {folder}` makes one from a list of tags; "
        "docs/your-own-plant.md shows how."
    )
    if not folder.exists():
        raise FolderUnsuitable(f"There is no folder {folder}. {make}")
    if not folder.is_dir():
        raise FolderUnsuitable(f"{folder} is a file; give the folder that it is in.")
    if not any(folder.glob("*.toml")):
        raise FolderUnsuitable(f"{folder} holds no site file (*.toml). {make}")
    return read(folder)


def make_data_folder(plan: UpPlan) -> None:
    """Make the data folder and see that it has room. Raises FolderUnsuitable, DiskFull."""
    try:
        plan.data.mkdir(mode=0o755, exist_ok=True)  # servers that root starts run as another user
        probe = plan.data / "writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FolderUnsuitable(
            f"{plan.data}, where database and logs shall be, cannot be written: {error.strerror}. "
            "Give a folder that is yours."
        ) from error
    require_room(plan.data)


def check_ports(plan: UpPlan) -> None:
    """Raise PortTaken if somebody else has a port that is wanted."""
    require_free(plan.dashboard_port, what="the dashboard", setting="--port")
    require_free(plan.mqtt_port, what="the MQTT broker", setting="--mqtt-port")
