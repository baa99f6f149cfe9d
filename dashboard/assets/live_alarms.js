// The badge of the header, the sound of what nobody has acknowledged, the ages of alarms. Counts come with the
// stream of values; what is on the page is asked for anew when they moved, and never while an answer is outstanding.
(function () {
    "use strict";

    const PRIORITIES = ["high", "medium", "low", "diagnostic"];
    const AGE_INTERVAL_MS = 1000;
    const REDRAW_INTERVAL_MS = 100;
    const REDRAW_MIN_MS = 300;
    const ASK_AGAIN_MS = 8000;
    const BEEP_INTERVAL_MS = 2500;
    const BEEP_S = 0.18;
    const BEEPS_HZ = [880, 660];
    const LOUDNESS = 0.25;
    const CHOICE = "virtaama_alarm_sound";

    let latest = null; // what the stream said last
    let asked = 0;
    let shownThen = null; // the state of alarms that the page showed when it was asked for anew
    let audio = null;
    let beeped = 0;

    const badge = () => document.getElementById("alarm-badge");
    const isOn = () => localStorage.getItem(CHOICE) !== "off";

    window.virtaama.onAlarms = (message) => {
        latest = message;
        show();
        redraw();
    };
    window.virtaama.showAlarms = show;

    function show() {
        showBadge();
        showMarks();
        showAges();
        sound();
    }

    // Counts of the page as it came, until the stream says more.
    function counts() {
        const place = badge();
        return latest || (place && place.dataset.alarms ? JSON.parse(place.dataset.alarms) : null);
    }

    function showBadge() {
        const place = badge();
        const known = counts();
        if (!place || !known) {
            return;
        }
        let total = 0;
        for (const priority of PRIORITIES) {
            const [active, unacknowledged] = known.counts[priority] || [0, 0];
            const part = place.querySelector(`.badge-${priority}`);
            total += active;
            part.hidden = !active;
            part.classList.toggle("unacknowledged", unacknowledged > 0);
            const number = part.querySelector(".badge-count");
            const text = active > 999 ? "999+" : String(active);
            if (number.textContent !== text) {
                number.textContent = text;
            }
        }
        place.querySelector(".badge-none").hidden = total > 0;
        const all = document.getElementById("alarm-acknowledge-all");
        if (all) {
            all.hidden = !document.querySelector(".alarm .alarm-button");
        }
    }

    // The highest priority of the alarms that stand at some points; empty without one.
    window.virtaama.alarmAt = (points) => {
        const known = counts();
        return (known && PRIORITIES.find((each) => points.some((one) => known.points[one] === each))) || "";
    };

    // What the most urgent alarm at a point is called, in the language of the page; empty where that is not known.
    window.virtaama.alarmName = (point) => {
        const names = (counts() || { names: {} }).names[point] || {};
        return names[document.documentElement.lang] || Object.values(names)[0] || "";
    };

    // A value or a stage at which an alarm stands has the sign of its priority, on whatever page it is.
    function showMarks() {
        document.querySelectorAll("[data-point], .chip[data-points], [data-members]").forEach((element) => {
            const { point, points, members } = element.dataset;
            const priority = window.virtaama.alarmAt((point || points || members || "").split(" "));
            if ((element.dataset.alarm || "") !== priority) {
                element.dataset.alarm = priority;
            }
        });
    }

    // Dash throws an answer away when it is asked anew meanwhile: while alarms move faster than a busy server answers,
    // nothing would be shown. Without an answer it is asked again, a little later.
    function redraw() {
        const place = document.querySelector("[data-alarm-state]");
        const shown = place && place.dataset.alarmState;
        if (!place || !latest || document.hidden || latest.state === shown) {
            return;
        }
        const wait = shown === shownThen ? ASK_AGAIN_MS : REDRAW_MIN_MS;
        if (Date.now() - asked >= wait && window.dash_clientside) {
            asked = Date.now();
            shownThen = shown;
            dash_clientside.set_props("alarm-tick", { data: asked });
        }
    }

    // A browser lets a page sound only after somebody has touched it; until then a note says so.
    function ready() {
        audio = audio || new AudioContext();
        if (audio.state === "suspended") {
            audio.resume().catch(() => null);
        }
        return audio.state === "running";
    }

    function beep() {
        BEEPS_HZ.forEach((hz, place) => {
            const tone = audio.createOscillator();
            const loudness = audio.createGain();
            const start = audio.currentTime + place * BEEP_S;
            tone.frequency.value = hz;
            loudness.gain.setValueAtTime(LOUDNESS, start);
            loudness.gain.setTargetAtTime(0, start + 0.7 * BEEP_S, 0.02);
            tone.connect(loudness).connect(audio.destination);
            tone.start(start);
            tone.stop(start + BEEP_S);
        });
    }

    function sound() {
        const place = document.getElementById("alarm-sound");
        if (!place) {
            return;
        }
        const known = counts();
        const sounds = Boolean(known) && known.urgent > 0 && place.dataset.sounds === "yes";
        const state = !isOn() ? "off" : sounds && !ready() ? "blocked" : sounds ? "sounding" : "on";
        if (place.dataset.state !== state) {
            place.dataset.state = state;
            place.textContent = place.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`];
            place.setAttribute("aria-pressed", String(state !== "off"));
        }
        if (state === "sounding" && Date.now() - beeped >= BEEP_INTERVAL_MS) {
            beeped = Date.now();
            beep();
            window.virtaama.beeps = (window.virtaama.beeps || 0) + 1;
        }
    }

    document.addEventListener("click", (event) => {
        const place = event.target.closest && event.target.closest("#alarm-sound");
        if (place && place.dataset.state !== "blocked") {
            localStorage.setItem(CHOICE, isOn() ? "off" : "on");
        }
        sound();
    });

    function showAges() {
        document.querySelectorAll("[data-since-ms]").forEach((element) => {
            const text = window.virtaama.words()
                ? window.virtaama.ageText(Math.max(window.virtaama.now() - Number(element.dataset.sinceMs), 0)) : "";
            if (element.textContent !== text) {
                element.textContent = text;
            }
        });
    }

    setInterval(show, AGE_INTERVAL_MS / 2);
    setInterval(redraw, REDRAW_INTERVAL_MS);
}());
