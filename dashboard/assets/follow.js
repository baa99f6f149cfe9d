// Charts that follow the present: asks for new ones when something was committed, and only as often
// as the chart moves by a pixel, never while an answer is outstanding or the mouse or a finger is down.
(function () {
    "use strict";

    const INTERVAL_MS = 1000;
    const REDRAW_MIN_MS = 5000;
    const BOARD_REDRAW_MS = 60000;
    let asked = Date.now();
    let pressed = false;

    function wanted() {
        if (document.hidden || pressed || window.virtaama.lost()) {
            return false;
        }
        if (document.querySelector(".dash-graph--pending, [data-dash-is-loading='true']")) {
            return false;
        }
        const following = document.querySelector(".following");
        if (following) {
            const interval = 1000 * Number(following.dataset.intervalS);
            return interval > 0 && Date.now() - asked >= Math.max(interval, REDRAW_MIN_MS);
        }
        return document.querySelector(".chart") !== null && Date.now() - asked >= BOARD_REDRAW_MS;
    }

    const release = (event) => { pressed = Boolean(event.touches && event.touches.length); };
    const first = { capture: true, passive: true }; // a chart keeps its touches to itself
    window.addEventListener("mousedown", () => { pressed = true; }, first);
    window.addEventListener("mouseup", release, first);
    window.addEventListener("touchstart", (event) => {
        pressed = true;
        // Of an element that is gone meanwhile only its own listeners hear.
        event.target.addEventListener("touchend", release, first);
        event.target.addEventListener("touchcancel", release, first);
    }, first);
    setInterval(() => {
        if (wanted()) {
            asked = Date.now();
            dash_clientside.set_props("tick", { data: asked });
        }
    }, INTERVAL_MS);
}());
