// The stream of values: one connection a page, its state always visible.
(function () {
    "use strict";

    const SILENCE_LOST_MS = 4500; // the server sends something every 2 s
    const RECONNECT_MS = 2000;
    const CHECK_INTERVAL_MS = 500;
    const USED_INTERVAL_MS = 60000; // how often the server is told that somebody sits here
    const LEAVE_AGAIN_MS = 6000;
    const HIDDEN_CLOSE_MS = 30000; // a tab nobody sees gives its connection back
    const PREFIX = document.documentElement.dataset.prefix; // the path of a proxy and of a site that we are below

    const values = new Map(); // point id -> [device time in ms, value, verdict, checks, since]
    let stream = null;
    let heard = 0;
    let asked = 0; // when the present stream was asked for
    let clockOffset = 0; // server's clock minus ours
    let database = true;
    let hiddenSince = 0;
    let reconnecting = 0;
    let used = 0; // when somebody did something here, as the server was told
    let leaving = false; // to the way in, which a second call would only begin anew
    let crowded = false; // the viewer has too many pages open, and this one was ended

    const api = {
        values,
        now: () => Date.now() + clockOffset,
        lost: () => Date.now() - heard > SILENCE_LOST_MS,
        isLive: () => linkState() === "live",
        onValues: () => {},
        onAlarms: () => {},
        leave,
        facts: () => document.getElementById("live-facts"),
        ask: () => fetch(`${PREFIX}/live/allowed`, { cache: "no-store" }).catch(() => null),
    };
    window.virtaama = api;

    // The session is over. A link that is followed meanwhile takes the reload back.
    function leave() {
        if (!leaving) {
            leaving = true;
            location.reload();
            setTimeout(() => { leaving = false; leave(); }, LEAVE_AGAIN_MS);
        }
    }

    function hear(message) {
        heard = Date.now();
        clockOffset = message.now - heard;
        database = message.database !== false;
        if (database && document.querySelector(".retry")) {
            location.reload(); // a page that could not be answered asks again
        }
    }

    function onValues(event) {
        const message = JSON.parse(event.data);
        hear(message);
        if (message.whole) {
            values.clear();
        }
        for (const [point, latest] of Object.entries(message.points)) {
            values.set(point, latest);
        }
        api.onValues(Object.keys(message.points), message.whole);
    }

    const onBeat = (event) => hear(JSON.parse(event.data));

    function connect() {
        disconnect();
        asked = Date.now();
        stream = new EventSource(`${PREFIX}/live`);
        stream.addEventListener("values", onValues);
        stream.addEventListener("beat", onBeat);
        stream.addEventListener("alarms", (event) => api.onAlarms(JSON.parse(event.data)));
        stream.addEventListener("crowded", () => { crowded = true; disconnect(); });
        stream.addEventListener("end", leave);
        stream.addEventListener("error", () => {
            // The browser retries a broken stream; a refused one it gives up.
            if (stream && stream.readyState === EventSource.CLOSED) {
                reconnectSoon();
            }
        });
    }

    function disconnect() {
        if (stream) {
            stream.close();
            stream = null;
        }
    }

    function reconnectSoon() {
        if (!reconnecting) {
            reconnecting = setTimeout(reconnect, RECONNECT_MS);
        }
    }

    // A stream that is refused says nothing about why; an ended session must not look like an outage.
    async function reconnect() {
        reconnecting = 0;
        const answer = await api.ask();
        if (answer && answer.status === 401) {
            leave();
        } else {
            connect();
        }
    }

    function check() {
        const hidden = document.hidden ? Date.now() - (hiddenSince || Date.now()) : 0;
        if (document.hidden && hidden > HIDDEN_CLOSE_MS) {
            disconnect();
        } else if (!document.hidden && !crowded && (!stream || silent())) {
            reconnectSoon();
        }
        showState();
    }

    const silent = () => Date.now() - Math.max(heard, asked) > 2 * SILENCE_LOST_MS;

    function linkState() {
        if (crowded) { return "crowded"; }
        if (!heard) { return "connecting"; }
        if (api.lost()) { return "lost"; }
        return database ? "live" : "database";
    }

    function showState() {
        const place = document.getElementById("link-state");
        const facts = api.facts();
        if (!place || !facts) {
            return;
        }
        const state = linkState();
        if (place.dataset.state !== state) {
            place.dataset.state = state;
            place.lastElementChild.textContent = JSON.parse(facts.dataset.words).link[state];
        }
        document.documentElement.classList.toggle("link-lost", state !== "live");
    }

    document.addEventListener("visibilitychange", () => {
        hiddenSince = document.hidden ? Date.now() : 0;
        if (!document.hidden && !stream) {
            crowded = false; // whoever looks at this page needs it more than one of the others
            connect();
        }
    });
    // A session ends when nobody uses it; what a page asks by itself is no use.
    function onUse() {
        if (Date.now() - used >= USED_INTERVAL_MS) {
            used = Date.now();
            fetch(`${PREFIX}/live/used`, { method: "POST", cache: "no-store" }).catch(() => null);
        }
    }
    for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) {
        document.addEventListener(name, onUse, { passive: true });
    }
    setInterval(check, CHECK_INTERVAL_MS);
    connect();
}());
