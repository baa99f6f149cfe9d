// The list of what is not as usual now, the worst first, and the share of points that are up to date.
(function () {
    "use strict";

    const INTERVAL_MS = 2000;
    const FIRST_MS = 100; // a list that comes late moves all that stands below it
    const PHONE = window.matchMedia("(width < 56.25em)");
    const ROWS_MAX = 12;
    const PHONE_ROWS_MAX = 5; // so that the values below are one swipe away
    const REACH_MS = 29.9 * 86400000; // the server looks back 30 days
    const RANKS = { failed: 0, missing: 1, suspect: 2, stale: 3, "no-data": 4 };
    const ALARMS = ["high", "medium", "low", "diagnostic"];
    let parsedFrom = "";
    let facts = [];

    function readFacts(place) {
        if (place.dataset.points !== parsedFrom) {
            parsedFrom = place.dataset.points;
            facts = JSON.parse(parsedFrom);
        }
    }

    // Where an alarm stands something is not as usual, whatever the value says of itself.
    function state(fact, latest) {
        return valueState(fact, latest) || (window.virtaama.alarmAt([fact.id]) ? "alarmed" : "");
    }

    function valueState(fact, latest) {
        if (!latest) {
            return "no-data";
        }
        const verdict = window.virtaama.verdictOf(latest);
        if (verdict !== "suspect" && verdict) {
            return verdict;
        }
        return window.virtaama.isStale(latest, fact.interval_s) ? "stale" : verdict || "";
    }

    function reason(fact, latest, found, words) {
        if (found === "no-data" || found === "stale") {
            return found === "stale" ? words.stale : words.none;
        }
        const [low, high] = fact.typical;
        if (found === "alarmed") { return ""; }
        if (found === "suspect" && high !== null && latest[1] > high) { return words.high; }
        if (found === "suspect" && low !== null && latest[1] < low) { return words.low; }
        return window.virtaama.judgedText(latest);
    }

    // Since when: silence begins with the last reading, anything else with the first one that was not good.
    function since(latest, found, words) {
        const from = latest && found !== "alarmed" && (found === "stale" ? latest[0] : latest[4]);
        if (!from) {
            return [];
        }
        if (window.virtaama.now() - from > REACH_MS) {
            return [words.long];
        }
        return [words.since.replace("{when}", window.virtaama.clock(from))];
    }

    // Which alarm stands there; without its name the priority says most.
    function alarmText(fact, alarm, words) {
        const name = window.virtaama.alarmName(fact.id);
        return name ? `${words[`alarm_${alarm}`]}: ${name}` : words[`alarm_${alarm}`];
    }

    function cell(className, text) {
        const span = document.createElement("span");
        span.className = className;
        span.textContent = text;
        return span;
    }

    function made(fact) {
        const link = document.createElement("a");
        link.dataset.fact = fact.id;
        link.href = fact.href;
        link.append(...["mark", "deviation-name", "deviation-reason", "deviation-value", "age"].map((name) => cell(name, "")));
        return link;
    }

    function put(element, className, text) {
        if (element.className !== className) { element.className = className; }
        if (element.textContent !== text) { element.textContent = text; }
    }

    // The row of a point, that which stands there if there is one: whoever is at it with a key stays there.
    function row(known, { fact, latest, found }, words) {
        const link = known || made(fact);
        const [mark, name, why, value, age] = link.children;
        const alarm = window.virtaama.alarmAt([fact.id]);
        link.className = `deviation ${found}`;
        link.dataset.alarm = alarm;
        put(mark, alarm ? `priority-shape shape-${alarm}` : "mark",
            alarm ? "" : latest ? window.virtaama.markOf(latest, found === "stale") : window.virtaama.OLD);
        put(name, "deviation-name", `${fact.name} `);
        put(why, "deviation-reason", [
            alarmText(fact, alarm, words), reason(fact, latest, found, words), ...since(latest, found, words),
        ].filter(Boolean).join(" · "));
        put(value, "deviation-value", `${latest ? window.virtaama.shown(String(fact.id), latest, fact.decimals) : "–"} ${fact.unit}`);
        put(age, "age", latest ? window.virtaama.ageText(Math.max(window.virtaama.now() - latest[0], 0)) : "");
        return link;
    }

    // The way to all of them, for those who have one.
    function rest(known, place, name, text) {
        const { rest: href } = place.dataset;
        const line = known || document.createElement(href ? "a" : "span");
        line.dataset.fact = name;
        if (href) { line.href = href; }
        put(line, href ? "deviation-rest" : "quiet", text);
        return line;
    }

    // Puts the rows in order without taking out what is at its place, nor the focus from one that moves.
    function arrange(place, rows) {
        const focused = document.activeElement;
        rows.forEach((one, at) => {
            if (place.children[at] !== one) { place.insertBefore(one, place.children[at] || null); }
        });
        while (place.children.length > rows.length) { place.lastChild.remove(); }
        if (focused !== document.activeElement && place.contains(focused)) { focused.focus({ preventScroll: true }); }
    }

    // Alarms first, the most urgent of them before the others.
    function rank({ fact, found }) {
        const place = ALARMS.indexOf(window.virtaama.alarmAt([fact.id]));
        return place < 0 ? RANKS[found] : place - ALARMS.length;
    }

    function show() {
        const place = document.getElementById("deviations");
        const words = window.virtaama.words();
        if (!place || !words || !window.virtaama.values.size) {
            return;
        }
        readFacts(place);
        const found = facts
            .map((fact) => [fact, window.virtaama.values.get(String(fact.id))])
            .map(([fact, latest]) => ({ fact, latest, found: state(fact, latest) }));
        const rows = found.filter((one) => one.found)
            .sort((one, other) => rank(one) - rank(other));
        const known = new Map([...place.children].map((one) => [one.dataset.fact, one]));
        // What has never said anything does not deviate now: several of them are one line.
        const silent = rows.filter((one) => rank(one) === RANKS["no-data"]);
        const told = silent.length > 1 ? rows.slice(0, rows.length - silent.length) : rows;
        const max = PHONE.matches ? PHONE_ROWS_MAX : ROWS_MAX;
        const shown = told.slice(0, max).map((one) => row(known.get(String(one.fact.id)), one, words));
        if (told.length > max) {
            shown.push(rest(known.get("rest"), place, "rest", words.more.replace("{count}", told.length - max)));
        }
        if (told.length < rows.length) {
            shown.push(rest(known.get("silent"), place, "silent", words.never.replace("{count}", silent.length)));
        }
        document.getElementById("deviations-count").textContent = rows.length || "";
        arrange(place, shown.length ? shown : [cell("quiet", words.all_well)]);
        showFresh(found);
    }

    function showFresh(found) {
        const place = document.getElementById("fresh");
        if (place && found.length) {
            // What a broken link has not brought is not known to be up to date.
            const fresh = window.virtaama.isLive()
                ? found.filter((one) => !valueState(one.fact, one.latest)
                    && one.latest[2] === window.virtaama.GOOD).length
                : 0;
            place.querySelector(".number").textContent = Math.floor((100 * fresh) / found.length);
            place.querySelector(".value-foot").textContent = place.dataset.words
                .replace("{fresh}", fresh).replace("{all}", found.length);
        }
    }

    setInterval(show, INTERVAL_MS);
    setInterval(() => {
        const place = document.getElementById("deviations");
        if (place && !place.firstChild) { show(); }
    }, FIRST_MS);
}());
