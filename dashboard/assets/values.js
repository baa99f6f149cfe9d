// Fills every element with `data-point`: number, quality, age, place on its bar. Counts the ages.
(function () {
    "use strict";

    const AGE_INTERVAL_MS = 1000;
    const STALE_INTERVALS = 2; // older than this many expected intervals is stale
    const GOOD = 1;
    const OLD = "◷";
    // A sign of its own for each verdict: colour alone tells nobody enough.
    const MARKS = { 1: "✓", 2: "○", 3: "▲", 4: "✕", 9: "∅" };
    const WORDED = new Set([3, 4, 9]);
    const NOWHERE = new Set([4, 9]);
    const CLASSES = { 3: "suspect", 4: "failed", 9: "missing" };

    let words = null;
    let states = {};
    let separators = "";

    function readFacts() {
        const facts = window.virtaama.facts();
        if (!facts) {
            return false;
        }
        words = JSON.parse(facts.dataset.words);
        states = JSON.parse(facts.dataset.states);
        separators = facts.dataset.separators;
        return true;
    }

    function shown(point, latest, decimals) {
        const value = latest[1];
        const names = states[point];
        const named = names && value !== null ? names[value] : undefined;
        return named !== undefined ? named : `${limitSign(latest)}${window.virtaama.numberText(value, decimals, separators)}`;
    }

    // A laboratory's "<0.05": the number is a limit, and not what was found.
    function limitSign(latest) {
        return Object.keys(words.limits).find((sign) => latest[3] & words.limits[sign]) || "";
    }

    // How a value looks: less than can be told is not wrong, and nothing is to be done about it.
    function verdictOf(latest) {
        const doubts = Object.keys(words.checks).filter((bit) => latest[3] & Number(bit));
        const isLimit = doubts.length === 1 && Number(doubts[0]) === words.limits["<"];
        return isLimit ? "" : CLASSES[latest[2]] || "";
    }

    function ageText(ageMs) {
        const s = Math.round(ageMs / 1000);
        if (s < 2) { return words.now; }
        if (s < 120) { return `${s} ${words.s}`; }
        if (s < 7200) { return `${Math.round(s / 60)} ${words.min}`; }
        if (s < 172800) { return `${Math.round(s / 3600)} ${words.h}`; }
        return `${Math.round(s / 86400)} ${words.d}`;
    }

    function isStale(latest, intervalS) {
        return intervalS > 0 && window.virtaama.now() - latest[0] > STALE_INTERVALS * intervalS * 1000;
    }

    function put(element, selector, text) {
        const place = element.querySelector(selector);
        if (place && place.textContent !== text) {
            place.textContent = text;
        }
    }

    function showValue(element) {
        const latest = window.virtaama.values.get(element.dataset.point);
        const number = latest
            ? shown(element.dataset.point, latest, Number(element.dataset.decimals))
            : window.virtaama.NO_VALUE;
        put(element, ".number", number);
        element.classList.toggle("no-data", !latest);
        for (const name of Object.values(CLASSES)) {
            element.classList.toggle(name, Boolean(latest) && verdictOf(latest) === name);
        }
        placeNeedle(element, latest);
        showAge(element);
    }

    // A value that is missing or failed has no place on the bar.
    function placeNeedle(element, latest) {
        const needle = element.querySelector(".bar-needle");
        if (needle) {
            needle.hidden = !latest || latest[1] === null || NOWHERE.has(latest[2]);
            if (!needle.hidden) {
                const low = Number(element.dataset.low);
                const share = (latest[1] - low) / (Number(element.dataset.high) - low);
                needle.style.left = `${100 * Math.min(Math.max(share, 0), 1)}%`;
                needle.classList.toggle("beyond", share < 0 || share > 1);
            }
        }
    }

    function showAge(element) {
        const latest = window.virtaama.values.get(element.dataset.point);
        const isTile = element.classList.contains("tile");
        const stale = Boolean(latest) && isStale(latest, Number(element.dataset.intervalS));
        const age = latest ? ageText(Math.max(window.virtaama.now() - latest[0], 0)) : words.none;
        put(element, ".age", stale && isTile ? `${words.stale} ${age}` : age);
        element.classList.toggle("stale", stale);
        const word = latest ? judgedText(latest) : "";
        const mark = markOf(latest, stale);
        put(element, ".mark", isTile && latest && WORDED.has(latest[2]) ? `${mark} ${word}` : mark);
        const place = element.querySelector(".mark");
        place.setAttribute("aria-label", stale ? `${word}, ${words.stale}` : word);
    }

    // The verdict, and which checks led to it.
    function judgedText(latest) {
        const why = Object.keys(words.checks).filter((bit) => latest[3] & Number(bit));
        const reasons = why.map((bit) => words.checks[bit]).join(", ");
        const verdict = words.quality[latest[2]];
        if (WORDED.has(latest[2]) && !verdictOf(latest)) {
            return reasons;
        }
        return reasons ? `${verdict}: ${reasons}` : verdict;
    }

    // ✓ says that the value is good and of now: neither an old one nor one behind a broken link is.
    function markOf(latest, stale) {
        if (!latest) {
            return "";
        }
        const isWrong = Boolean(verdictOf(latest));
        if (stale && !isWrong) {
            return OLD;
        }
        if (WORDED.has(latest[2]) && !isWrong) {
            return window.virtaama.isLive() ? MARKS[GOOD] : "";
        }
        return latest[2] === GOOD && !window.virtaama.isLive() ? "" : MARKS[latest[2]] || "?";
    }

    function each(selector, show) {
        if (words || readFacts()) {
            document.querySelectorAll(selector).forEach(show);
        }
    }

    const showAll = () => each("[data-point]", showValue);

    // Elements come and go as Dash renders pages.
    let pending = false;
    function onMutation(records) {
        const added = records.some((record) => [...record.addedNodes].some((node) =>
            node.nodeType === 1 && (node.matches("[data-point]") || node.querySelector("[data-point]"))));
        if (added && !pending) {
            pending = true;
            requestAnimationFrame(() => { pending = false; showAll(); });
        }
    }

    window.virtaama.onValues = (points, whole) => {
        if (whole) {
            showAll();
        } else {
            const changed = new Set(points);
            each("[data-point]", (element) => {
                if (changed.has(element.dataset.point)) {
                    showValue(element);
                }
            });
        }
    };
    Object.assign(window.virtaama, {
        shown, isStale, ageText, markOf, verdictOf, judgedText, CLASSES, GOOD, OLD,
        isState: (point) => point in states,
        words: () => (words || readFacts() ? words : null),
    });
    document.addEventListener("DOMContentLoaded", () => {
        new MutationObserver(onMutation).observe(document.body, { childList: true, subtree: true });
    });
    setInterval(() => each("[data-point]", showAge), AGE_INTERVAL_MS);
}());
