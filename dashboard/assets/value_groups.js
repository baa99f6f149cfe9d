// Values of several points that mean the same (`data-points`): from the lowest to the highest, or how many are in
// which state. And the sign beside a stage's name (`data-members`) when any of its points deviates.
(function () {
    "use strict";

    const INTERVAL_MS = 1000;
    const RANKS = ["", "no-data", "stale", "suspect", "missing", "failed"];
    const api = window.virtaama;

    const ids = (text) => text.split(" ").filter(Boolean);

    function state(latest, intervalS) {
        if (!latest) {
            return "no-data";
        }
        const verdict = api.verdictOf(latest);
        return verdict || (api.isStale(latest, intervalS) ? "stale" : "");
    }

    function worst(points, intervals) {
        const states = points.map((point, place) => state(api.values.get(point), Number(intervals[place])));
        return states.reduce((one, other) => (RANKS.indexOf(other) > RANKS.indexOf(one) ? other : one), "");
    }

    function numbers(points, decimals) {
        const known = points.map((point) => [point, api.values.get(point)]).filter(([, latest]) => latest && latest[1] !== null);
        const texts = known.map(([point, latest]) => api.shown(point, latest, decimals));
        if (!known.length) {
            return api.NO_VALUE;
        }
        if (api.isState(points[0])) {
            const counts = new Map();
            texts.forEach((text) => counts.set(text, (counts.get(text) || 0) + 1));
            return [...counts].map(([text, count]) => `${count} × ${text}`).join(", ");
        }
        const ordered = known.map(([, latest], place) => [latest[1], texts[place]]).sort((one, other) => one[0] - other[0]);
        const ends = [ordered[0][1], ordered[ordered.length - 1][1]];
        return ends[0] === ends[1] ? ends[0] : ends.join(" – ");
    }

    function put(element, selector, text) {
        const place = element.querySelector(selector);
        if (place && place.textContent !== text) {
            place.textContent = text;
        }
    }

    function mark(element, found, words) {
        RANKS.filter(Boolean).forEach((name) => element.classList.toggle(name, name === found));
        const verdict = Object.keys(api.CLASSES).find((code) => api.CLASSES[code] === found);
        const sign = found === "stale" || found === "no-data" ? api.OLD : api.markOf([0, 0, Number(verdict || api.GOOD)], false);
        put(element, ".mark", sign);
        element.querySelector(".mark").setAttribute("aria-label", words.quality[verdict || api.GOOD] || "");
    }

    function showGroup(element, words) {
        const points = ids(element.dataset.points);
        put(element, ".number", numbers(points, Number(element.dataset.decimals)));
        mark(element, worst(points, ids(element.dataset.intervalsS)), words);
        const stamps = points.map((point) => api.values.get(point)).filter(Boolean).map((latest) => latest[0]);
        put(element, ".age", stamps.length ? api.ageText(Math.max(api.now() - Math.min(...stamps), 0)) : words.none);
    }

    function showStage(element, words) {
        const found = worst(ids(element.dataset.members), ids(element.dataset.intervalsS));
        const sign = element.querySelector(".stage-mark");
        sign.hidden = !found || found === "no-data";
        if (!sign.hidden) {
            mark(sign, found, words);
        }
    }

    function show() {
        const words = api.words && api.words();
        if (words && api.values.size) {
            document.querySelectorAll("[data-points].chip").forEach((element) => showGroup(element, words));
            document.querySelectorAll("[data-members]").forEach((element) => showStage(element, words));
        }
    }

    setInterval(show, INTERVAL_MS);
}());
