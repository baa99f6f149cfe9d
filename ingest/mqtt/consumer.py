"""The broker's side: one thread that owns the MQTT client and fills the intake."""

import logging
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.decoding.message import Message
from ingest.metrics import Metrics
from ingest.mqtt.answers import Answers
from ingest.mqtt.client import READ_LIMIT_BYTES, Arrived, StockClient, client_class, has_decrypted
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import Delivery
from ingest.outage import Outage
from ingest.retry import Backoff
from ingest.settings import IngestSettings

CONNECT_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 1.0
CLOCK_RESET_US = 1_000_000  # a clock further back than this was set, and is believed
READ_BURST_LIMIT_MESSAGES = 256
STOP_FLUSH_LIMIT_S = 2.0

_log = logging.getLogger(__name__)


class Source:
    """Receives messages with QoS 1 and acknowledges them when told to, never by itself.

    The session at the broker is persistent: what was not acknowledged comes again. All paho calls
    happen in one thread; the other methods only leave a note for it. `on_failure` is called in that
    thread if it ends by an error.
    """

    def __init__(
        self,
        settings: IngestSettings,
        intake: Intake,
        metrics: Metrics,
        clock_us: Callable[[], int],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._metrics = metrics
        self._clock_us = clock_us
        self._on_failure = on_failure
        self._backoff = Backoff(settings.ingest_retry_limit_s)
        self._outage = Outage(_log, f"the broker at {settings.broker}")
        self._thread = threading.Thread(target=self._guarded, name="mqtt", daemon=True)
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._settled: deque[tuple[Sequence[Delivery], bool]] = deque()
        self._answers = Answers()
        self._wanted: frozenset[str] = frozenset()
        self._subscribed: frozenset[str] = frozenset()
        self._gone: frozenset[str] = frozenset()
        self._reconciled = True  # the broker has been told what is wanted
        self._reading = True
        self._stopping = threading.Event()
        self._connection = 0
        self._ready = False  # the broker has accepted the current connection
        self._refusal, self._last_us = "", 0  # the broker's words; when the last message came
        intake.on_room = self._wake
        self._client = self._make_client()

    def start(self) -> None:
        """Connect, subscribe, and go on until stopped; `subscribe` has been called."""
        self._thread.start()

    def subscribe(self, filters: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Replace the subscriptions.

        `gone` is what an earlier process subscribed to: the session at the broker still has it.
        """
        self._wanted = frozenset(filters)
        self._gone = frozenset(gone)
        self._reconciled = False
        self._wake()

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these messages are ours now."""
        self._settled.append((deliveries, True))
        self._wake()

    def refuse(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that there is no room for these messages."""
        self._settled.append((deliveries, False))
        self._wake()

    def pause(self) -> None:
        """Read no further message."""
        self._reading = False
        self._wake()

    def stop(self) -> None:
        """Send the acknowledgements that are waiting, disconnect, and end the thread."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        self._wake_read.close()
        self._wake_write.close()

    def _make_client(self) -> StockClient:
        client = client_class()(self._settings.ingest_client_id, self._received)
        client.connect_timeout = CONNECT_TIMEOUT_S
        broker = self._settings.broker
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set()
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscription_answered
        # With this set, paho only queues a packet, and our loop sends it.
        client.on_socket_register_write = lambda *_: None
        return client

    def _guarded(self) -> None:
        try:
            self._run()
        except BaseException as error:
            self._on_failure(error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            started_s = time.monotonic()
            try:
                self._connect()
                self._serve()
            except OSError as error:
                self._outage.goes_on(error)
            # A connection that held was a success; one that fell at once is a failed try.
            if time.monotonic() - started_s > self._settings.ingest_retry_limit_s:
                self._backoff.reset()
            self._stopping.wait(self._backoff.next_s())

    def _connect(self) -> None:
        """Open the connection; the broker's answer comes while serving. Raises OSError."""
        settings = self._settings
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = settings.ingest_session_expiry_s
        properties.ReceiveMaximum = settings.ingest_receive_maximum_messages
        properties.MaximumPacketSize = settings.ingest_packet_limit_bytes
        broker = settings.broker
        self._ready, self._refusal = False, ""
        self._client.connect(
            broker.host,
            broker.port,
            keepalive=settings.ingest_keepalive_s,
            clean_start=False,
            properties=properties,
        )

    def _serve(self) -> None:
        """Move packets until the connection ends or we stop."""
        while (sock := self._client.socket()) is not None and not self._stopping.is_set():
            may_read = self._reading and self._intake.has_room
            readers = [self._wake_read, sock] if may_read else [self._wake_read]
            writers = [sock] if self._client.want_write() else []
            buffered = may_read and has_decrypted(sock)
            timeout_s = 0.0 if buffered else POLL_INTERVAL_S
            readable, _, _ = select.select(readers, writers, [], timeout_s)
            if self._wake_read in readable:
                self._drain_wakes()
            self._send_acks()
            if buffered or sock in readable:
                self._read_burst()
            if self._ready and not self._reconciled:
                self._reconcile()
            self._write_all()
            self._client.loop_misc()
        self._leave()

    def _read_burst(self) -> None:
        enough = self._metrics.received + READ_BURST_LIMIT_MESSAGES
        before = -1
        while before < self._metrics.received < enough and self._intake.has_room:
            before = self._metrics.received
            self._client.loop_read()

    def _write_all(self) -> None:
        if self._client.want_write():
            self._client.loop_write()

    def _send_acks(self) -> None:
        while self._settled:
            deliveries, is_accepted = self._settled.popleft()
            ours = [each for each in deliveries if each.connection == self._connection]
            settled = [each.mid for each in ours if each.qos == 1]
            self._answers.settle(settled, is_accepted=is_accepted)
            self._metrics.acknowledged += sum(each.qos == 0 for each in ours)
        for mids, is_accepted in self._answers.ready() if self._ready else ():
            if is_accepted:
                self._client.acknowledge(mids)
                self._metrics.acknowledged += len(mids)
            else:
                self._client.refuse(mids)

    def _leave(self) -> None:
        """Say goodbye if we are stopping; the broker keeps the session."""
        sock = self._client.socket()
        if sock is None:
            return
        deadline_s = time.monotonic() + STOP_FLUSH_LIMIT_S
        # paho closes its socket over bytes that nobody has read. That resets the connection, and
        # acknowledgements on their way are lost; so ours is closed last, when all is said.
        with socket.socket(fileno=os.dup(sock.fileno())) as kept:
            self._send_acks()
            self._client.disconnect()
            while (sock := self._client.socket()) is not None and self._client.want_write():
                if time.monotonic() > deadline_s:
                    return
                select.select([], [sock], [], POLL_INTERVAL_S)
                self._client.loop_write()
            with suppress(OSError):
                kept.settimeout(max(deadline_s - time.monotonic(), 0.001))
                while kept.recv(READ_LIMIT_BYTES) and time.monotonic() < deadline_s:
                    pass

    def _reconcile(self) -> None:
        """Bring the broker's list of our subscriptions to what is wanted."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        self._reconciled = True  # first: another thread may want something else meanwhile
        wanted = self._wanted
        if gone := sorted((self._subscribed | self._gone) - wanted):
            self._client.unsubscribe(gone)
        if new := sorted(wanted - self._subscribed):
            self._client.subscribe([(topic, options) for topic in new])
        if new or gone:
            _log.info("subscribe: %s; gone: %s", ", ".join(sorted(wanted)), ", ".join(gone) or "-")
        self._subscribed = wanted

    def _connected(
        self, _c: Client, _u: object, flags: ConnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        if reason.is_failure:
            self._refusal = f"it refuses us: {reason}"
            return
        self._connection += 1
        self._answers = Answers()
        self._subscribed = frozenset()
        self._reconciled = False
        self._ready = True
        self._outage.is_over()
        session = "its session with our messages" if flags.session_present else "a new session"
        _log.info("connect: broker %s, %s", self._settings.broker, session)

    def _disconnected(
        self, _c: Client, _u: object, _f: DisconnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        self._ready = False
        if not self._stopping.is_set():
            self._outage.goes_on(self._refusal or f"connection lost: {reason}")

    def _received(self, arrived: Sequence[Arrived]) -> None:
        self._metrics.received += len(arrived)
        self._answers.arrived(mid for _, _, mid, qos, _ in arrived if qos == 1)
        first_us = self._clock_us()
        if 0 <= self._last_us - first_us < CLOCK_RESET_US:
            first_us = self._last_us + 1
        self._last_us = first_us + len(arrived) - 1
        # A microsecond for each: the time of reception is half of the key of a bare number.
        stamped = enumerate(arrived, first_us)
        self._intake.offer(
            *(
                Delivery(Message(topic, payload, received_us, retained), self._connection, mid, qos)
                for received_us, (topic, payload, mid, qos, retained) in stamped
            )
        )

    def _subscription_answered(
        self, _c: Client, _u: object, _mid: int, reasons: list[ReasonCode], _p: object
    ) -> None:
        for reason in reasons:
            if reason.is_failure:
                _log.error("subscribe: the broker refuses a subscription: %s", reason)
        _log.info("subscribed: the broker has answered for %d topics", len(reasons))

    def _wake(self) -> None:
        with suppress(OSError):  # enough wakes are waiting, or we are stopped
            self._wake_write.send(b"\0")

    def _drain_wakes(self) -> None:
        with suppress(BlockingIOError):
            while self._wake_read.recv(4096):
                pass
