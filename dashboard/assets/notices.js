// The button by which a person has alarms told in this browser, and the sentence that says what stands in the way.
// On every page: a browser that was given another address by its push service tells us the new one.
(function () {
    "use strict";

    const LOOK_INTERVAL_MS = 1000;
    const READY_MAX_MS = 10000;
    const RENEW_FIRST_MS = 1500;
    const RENEW_INTERVAL_MS = 3600000;
    const TOLD = "virtaama_push_told"; // which address of this browser the server knows

    let said = ""; // what became of the last press, until the page is another one
    let isBusy = false;

    const here = () => document.getElementById("notice-here");
    const scope = () => `${document.documentElement.dataset.root || ""}/`;
    const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
        .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const registered = () => navigator.serviceWorker.getRegistration(scope());

    function obstacle() {
        if (!window.isSecureContext) {
            return "insecure";
        }
        if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
            return "unsupported";
        }
        return Notification.permission === "denied" ? "denied" : "";
    }

    async function digest(endpoint) {
        const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
        return Array.from(new Uint8Array(bytes), (each) => each.toString(16).padStart(2, "0")).join("");
    }

    // The subscription of this browser, if it was made with the key of the page.
    async function own(registration, key) {
        const found = registration && await registration.pushManager.getSubscription();
        return found && text(found.options.applicationServerKey) === key ? found : null;
    }

    async function look() {
        const place = here();
        if (!place || isBusy) {
            said = place ? said : "";
            return;
        }
        let state = obstacle();
        let mark = "";
        if (!state) {
            const known = await own(await registered(), place.dataset.key);
            mark = known ? await digest(known.endpoint) : "";
            const isTold = Notification.permission === "granted" && Boolean(mark)
                && Boolean(document.querySelector(`#notice-devices [data-digest="${mark}"]`));
            state = isTold ? "on" : said || "off";
            said = isTold ? "" : said;
        }
        if (here() !== place || isBusy) {
            return; // another page meanwhile
        }
        document.querySelectorAll("#notice-devices [data-digest]").forEach((each) => {
            each.querySelector(".notice-this").hidden = !mark || each.dataset.digest !== mark;
        });
        show(place, state);
    }

    function show(place, state) {
        const button = document.getElementById("notice-button");
        const told = document.getElementById("notice-state");
        button.hidden = ["insecure", "unsupported", "denied", "on"].includes(state);
        button.disabled = state === "asking";
        if (place.dataset.state !== state) {
            place.dataset.state = state;
            told.textContent = place.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`];
            told.classList.toggle("warn", !["off", "on", "asking"].includes(state));
        }
    }

    function within(promise, limitMs) {
        const late = new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), limitMs));
        return Promise.race([promise, late]);
    }

    async function subscribe(key) {
        const permission = await Notification.requestPermission();
        if (permission !== "granted") {
            return permission === "denied" ? "denied" : "dismissed";
        }
        await navigator.serviceWorker.register(`${scope()}service-worker.js`, { scope: scope() });
        const registration = await within(navigator.serviceWorker.ready, READY_MAX_MS);
        let found = await own(registration, key);
        if (!found) {
            const old = await registration.pushManager.getSubscription(); // made with another key
            if (old) {
                await old.unsubscribe();
            }
            found = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
        }
        dash_clientside.set_props("notice-sent", { data: facts(found, key) });
        localStorage.setItem(TOLD, await digest(found.endpoint));
        return "";
    }

    const facts = (found, key) => ({
        endpoint: found.endpoint, p256dh: text(found.getKey("p256dh")), auth: text(found.getKey("auth")),
        key, agent: navigator.userAgent, at_ms: Date.now(),
    });

    // A subscription that the browser has dropped is made anew: its person was never asked to give it up.
    async function renew() {
        const place = document.getElementById("notice-known");
        const old = localStorage.getItem(TOLD);
        if (!place || !old || obstacle() || Notification.permission !== "granted") {
            return;
        }
        const key = place.dataset.key;
        const registration = await registered();
        const kept = registration && await registration.pushManager.getSubscription();
        const found = registration && !kept
            ? await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
            : await own(registration, key);
        const mark = found ? await digest(found.endpoint) : old;
        if (place.dataset.answered === mark) {
            localStorage.setItem(TOLD, mark);
        } else if (mark !== old) {
            dash_clientside.set_props("notice-renewed", { data: { ...facts(found, key), old, mark } });
            setTimeout(renewQuietly, RENEW_FIRST_MS);
        }
    }

    // Without its push service a browser keeps what it has; it is looked at again.
    const renewQuietly = () => renew().catch(() => null);

    document.addEventListener("click", (event) => {
        const place = here();
        if (!place || isBusy || !event.target.closest || !event.target.closest("#notice-button")) {
            return;
        }
        isBusy = true;
        show(place, "asking");
        subscribe(place.dataset.key).catch(() => "failed").then((state) => {
            said = state;
            isBusy = false;
            look();
        });
    });

    setInterval(look, LOOK_INTERVAL_MS);
    setTimeout(renewQuietly, RENEW_FIRST_MS);
    setInterval(renewQuietly, RENEW_INTERVAL_MS);
}());
