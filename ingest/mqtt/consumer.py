"""The broker's side: one thread that owns the MQTT client and fills the intake."""

import logging
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.decoding.message import Message
from ingest.metrics import Arrivals
from ingest.mqtt.answers import Answers
from ingest.mqtt.client import Arrived, StockClient, has_decrypted
from ingest.mqtt.connection import Terms, connect, leave, new_client
from ingest.mqtt.intake import Intake
from ingest.mqtt.lane import Delivery
from ingest.outage import Outage
from ingest.retry import Backoff
from ingest.settings import IngestSettings

POLL_INTERVAL_S = 1.0
CLOCK_RESET_US = 1_000_000  # a clock further back than this was set, and is believed
READ_BURST_LIMIT_MESSAGES = 256

_log = logging.getLogger(__name__)


class Subscribed(NamedTuple):
    """The broker's session was a new one; and it was asked for what it had kept."""

    is_new_session: bool
    with_retained: bool


class Source:
    """Receives messages with QoS 1 and acknowledges them when told to, never by itself.

    The session at the broker is persistent: what was not acknowledged comes again. What the broker
    had kept before is not asked for, unless by `subscribe_with_retained`. All paho calls happen in
    one thread; the other methods only leave a note for it. Called in that thread are `on_failure`
    if it ends by an error, and `on_subscribed` when the broker has all that is wanted.
    """

    _step = 1  # how connections are counted
    _level = logging.INFO

    def __init__(
        self,
        settings: IngestSettings,
        intake: Intake,
        arrivals: Arrivals,
        clock_us: Callable[[], int],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._arrivals = arrivals
        self._clock_us = clock_us
        self._on_failure = on_failure
        self.on_subscribed: Callable[[Subscribed], None] = lambda _: None
        self._backoff = Backoff(settings.ingest_retry_limit_s)
        self.outage = Outage(_log, f"the broker at {settings.broker}")
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
        self._with_retained = False
        self._is_new_session = False
        self._reading = True
        self._stopping = threading.Event()
        self._connection = 0
        self._ready = False  # the broker has accepted the current connection
        self._refusal, self._last_us = "", 0  # the broker's words; when the last message came
        intake.on_room.append(self._wake)
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

    def subscribe_with_retained(self) -> None:
        """Subscribe anew; what the broker has kept comes before all that comes later."""
        self._with_retained = True
        self._subscribed = frozenset()
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
        self._intake.on_room.remove(self._wake)
        self._wake_read.close()
        self._wake_write.close()

    @property
    def _terms(self) -> Terms:
        settings = self._settings
        name = settings.ingest_client_id
        return Terms(name, settings.broker.username, settings.ingest_session_expiry_s)

    def _make_client(self) -> StockClient:
        client = new_client(self._settings, self._terms, self._received)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_subscribe = self._subscription_answered
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
                self.outage.goes_on(error)
            # A connection that held was a success; one that fell at once is a failed try.
            if time.monotonic() - started_s > self._settings.ingest_retry_limit_s:
                self._backoff.reset()
            self._stopping.wait(self._backoff.next_s())

    def _connect(self) -> None:
        self._ready, self._refusal = False, ""
        connect(self._client, self._settings, self._terms)

    def _serve(self) -> None:
        """Move packets until the connection ends or we stop."""
        while (sock := self._client.socket()) is not None and not self._stopping.is_set():
            may_read = self._may_read()
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
        leave(self._client, self._send_acks)

    def _may_read(self) -> bool:
        return self._reading and self._intake.has_room

    def _read_burst(self) -> None:
        enough = self._arrivals.received + READ_BURST_LIMIT_MESSAGES
        before = -1
        while before < self._arrivals.received < enough and self._may_read():
            before = self._arrivals.received
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
            self._arrivals.acknowledged += sum(each.qos == 0 for each in ours)
        for mids, is_accepted in self._answers.ready() if self._ready else ():
            if is_accepted:
                self._client.acknowledge(mids)
                self._arrivals.acknowledged += len(mids)
            else:
                self._client.refuse(mids)

    def _reconcile(self) -> None:
        """Bring the broker's list of our subscriptions to what is wanted."""
        kept = SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE
        handling = kept if self._with_retained else SubscribeOptions.RETAIN_DO_NOT_SEND
        options = SubscribeOptions(qos=1, retainHandling=handling)
        self._reconciled = True  # first: another thread may want something else meanwhile
        wanted = self._wanted
        if gone := sorted((self._subscribed | self._gone) - wanted):
            self._client.unsubscribe(gone)
        if new := sorted(wanted - self._subscribed):
            self._client.subscribe([(topic, options) for topic in new])
        else:
            self.on_subscribed(Subscribed(False, False))
        if new or gone:
            _log.info("subscribe: %s; gone: %s", ", ".join(sorted(wanted)), ", ".join(gone) or "-")
        self._subscribed = wanted

    def _connected(
        self, _c: Client, _u: object, flags: ConnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        if reason.is_failure:
            self._refusal = f"it refuses us: {reason}"
            return
        self._connection += self._step
        self._is_new_session = not flags.session_present
        self._answers = Answers()
        self._subscribed = frozenset()
        self._reconciled = False
        self._ready = True
        self.outage.is_over()
        session = "its session with our messages" if flags.session_present else "a new session"
        _log.log(self._level, "connect: broker %s, %s", self._settings.broker, session)

    def _disconnected(
        self, _c: Client, _u: object, _f: DisconnectFlags, reason: ReasonCode, _p: object
    ) -> None:
        self._ready = False
        if not self._stopping.is_set():
            self.outage.goes_on(self._refusal or f"connection lost: {reason}")

    def _received(self, arrived: Sequence[Arrived]) -> None:
        self._arrivals.received += len(arrived)
        self._answers.arrived(mid for _, _, mid, qos, _ in arrived if qos == 1)
        self._offer(arrived)

    def _offer(self, arrived: Sequence[Arrived]) -> None:
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
        _log.log(self._level, "subscribed: the broker has answered for %d topics", len(reasons))
        found = Subscribed(self._is_new_session, self._with_retained)
        self._is_new_session = self._with_retained = False
        self.on_subscribed(found)

    def _wake(self) -> None:
        with suppress(OSError):  # enough wakes are waiting, or we are stopped
            self._wake_write.send(b"\0")

    def _drain_wakes(self) -> None:
        with suppress(BlockingIOError):
            while self._wake_read.recv(4096):
                pass
