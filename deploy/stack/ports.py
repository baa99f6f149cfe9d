"""TCP ports on the loopback."""

import random
import socket

from deploy.errors import PortTaken

LOOPBACK = "127.0.0.1"
# Below those that Linux gives to outgoing connections (32768 on): one of them may take a port
# between our look and the server's start.
SERVER_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """Return a port on which nobody listens now. Raises PortTaken if all of them are taken."""
    for port in random.sample(SERVER_PORTS, len(SERVER_PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise PortTaken(f"No port of {LOOPBACK} is free from {SERVER_PORTS[0]} to {SERVER_PORTS[-1]}.")


def require_free(port: int, *, what: str, setting: str) -> None:
    """Raise PortTaken, naming the setting that moves it, when someone listens on `port`."""
    with socket.socket() as probe:
        # A connection of an earlier run may linger in TIME_WAIT; servers ignore it and so do we.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} of {LOOPBACK}, wanted for {what}, cannot be used: {error.strerror}. "
                f"Stop the program that listens there, or choose another port with {setting}."
            ) from error


def accepts(port: int, *, timeout_s: float = 1.0) -> bool:
    """Tell whether someone accepts connections on `port`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout_s):
            return True
    except OSError:
        return False
