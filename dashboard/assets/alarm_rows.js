// Draws the rows of the alarm list from what the server sent, and keeps those that are as they were: Dash makes a
// component of each of 700 elements and asks all of them whenever one is made, which takes a browser a second.
(function () {
    "use strict";

    const drawn = new WeakMap(); // what an element was drawn from, as text

    // One component as the server describes it.
    function made(part) {
        if (part === null || typeof part !== "object") {
            return document.createTextNode(part === null ? "" : part);
        }
        const { children, className, ...others } = part.props;
        const element = document.createElement(part.type === "Link" ? "a" : part.type);
        element.className = className || "";
        for (const [name, value] of Object.entries(others)) {
            element.setAttribute(name, value);
        }
        element.append(...[children === undefined ? null : children].flat().map(made));
        return element;
    }

    // Whoever answered a row goes on from there. Not at a button: a key held down would answer what nobody has read.
    function focusRow(row) {
        const name = row && row.querySelector(".alarm-name");
        if (name) {
            name.focus();
        }
    }

    // A row that says what it said keeps its element, and with it its value, its age, and where the keyboard is.
    function draw(place) {
        const { props } = JSON.parse(place.dataset.rows);
        const list = place.firstElementChild || place.appendChild(document.createElement("div"));
        const rows = [...list.children];
        const focused = rows.findIndex((row) => row.contains(document.activeElement));
        const known = new Map(rows.map((row) => [drawn.get(row), row]));
        props.children.forEach((part, number) => {
            const text = JSON.stringify(part);
            const row = known.get(text) || made(part);
            known.delete(text);
            drawn.set(row, text);
            if (list.children[number] !== row) {
                list.insertBefore(row, list.children[number] || null);
            }
        });
        known.forEach((row) => row.remove());
        list.dataset.alarmState = props["data-alarm-state"];
        if (focused >= 0 && !list.contains(document.activeElement)) {
            focusRow(list.children[Math.min(focused, list.children.length - 1)]);
        }
    }

    function show() {
        const place = document.getElementById("alarm-list");
        if (place && (drawn.get(place) !== place.dataset.rows || !place.firstElementChild)) {
            drawn.set(place, place.dataset.rows);
            draw(place);
            window.virtaama.showAlarms();
        }
    }

    function acknowledge(buttons) {
        const occurrences = [...buttons].map((button) => button.dataset.occurrence);
        dash_clientside.set_props("alarm-seen", { data: { occurrences, at: Date.now() } });
    }

    document.addEventListener("click", (event) => {
        const clicked = (selector) => event.target.closest && event.target.closest(selector);
        if (clicked("#alarm-acknowledge-all")) {
            acknowledge(document.querySelectorAll("#alarm-list .alarm-button"));
        } else if (clicked("#alarm-list .alarm-button")) {
            acknowledge([clicked("#alarm-list .alarm-button")]);
        }
    });
    document.addEventListener("DOMContentLoaded", () => {
        const seen = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-rows"] };
        new MutationObserver(show).observe(document.body, seen);
    });
}());
