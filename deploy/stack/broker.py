"""A Mosquitto broker of our own, in a folder of ours."""

import shutil
import signal
from importlib.resources import files
from pathlib import Path

from deploy.broker_access.folder import KEY, mosquitto_settings
from deploy.stack.orphan import end_orphans
from deploy.stack.ports import LOOPBACK, accepts, require_free
from deploy.stack.process import Child
from deploy.stack.programs import LOADERS, Programs
from deploy.stack.server import STOP_TIMEOUT_S, Server
from deploy.stack.user import give_to_server

START_TIMEOUT_S = 30.0  # includes reading the persistence file


class Broker(Server):
    """Mosquitto with its sessions and queues in `data_dir`; use it as a context manager.

    Anyone on this machine may connect, unless there is an access folder. A broker that a killed
    owner left running in the data folder is ended first.

    Args:
        data_dir: Folder of the configuration, the persistence file, the log and the lock.
        port: Port to listen on; a free one if None.
        settings: Further lines of mosquitto.conf, which win over the shared ones.
        access: Folder that `virtaama broker-access` has written: only its accounts may connect,
            over TLS if there is a certificate. It is read again at every start.
        for_network: Listen on all addresses of this machine; needs an access folder.
    """

    host = LOOPBACK

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        settings: str = "",
        access: Path | None = None,
        for_network: bool = False,
    ) -> None:
        super().__init__(data_dir, port)
        self._settings = settings
        self._access = access
        assert access or not for_network, "a network is not let in without accounts"
        self._only_on = "" if for_network else f" {LOOPBACK}"

    @property
    def url(self) -> str:
        """The broker's address as `mqtt://host:port`, or `mqtts://` if it has a certificate."""
        secure = self._access is not None and (self._access / KEY).exists()
        return f"{'mqtts' if secure else 'mqtt'}://{self.host}:{self.port}"

    def stop(self) -> None:
        """Stop the broker; it writes sessions and queues to its persistence file first."""
        self._stop_by(signal.SIGTERM)

    @property
    def _store(self) -> Path:
        return self.data_dir / "broker"

    def _start(self, programs: Programs) -> None:
        self._store.mkdir(exist_ok=True)
        names = {"mosquitto", *LOADERS}
        end_orphans(self._store, names, polite=signal.SIGTERM, timeout_s=STOP_TIMEOUT_S)
        require_free(self.port, what="the MQTT broker", setting="Broker(port=…)")
        config = self._write_config()
        give_to_server(self._store)
        self._child = Child(
            "mosquitto",
            [str(programs.mosquitto), "-c", str(config)],
            log_dir=self.data_dir,
            cwd=self._store,
            server=True,
        )
        self._child.start()
        self._child.wait_until(lambda: accepts(self.port), timeout_s=START_TIMEOUT_S)

    def _write_config(self) -> Path:
        shared = files("deploy") / "mosquitto" / "mosquitto.conf"
        config = self._store / "mosquitto.conf"
        config.write_text(
            f"{shared.read_text(encoding='utf-8')}\n"
            f"{self._settings}\n"
            f"persistence_location {self._store}/\n"
            f"listener {self.port}{self._only_on}\n"
            f"{self._access_settings()}",
            encoding="utf-8",
        )
        return config

    def _access_settings(self) -> str:
        if self._access is None:
            return "allow_anonymous true\n"
        # The server runs as another user when root starts it, and reads only what is its own.
        copy = self._store / "access"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self._access, copy)
        return mosquitto_settings(copy)
