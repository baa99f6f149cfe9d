// Charts that follow the present: asks for new ones when something was committed, and only as often
// as the chart moves by a pixel, never while an answer is outstanding or the mouse or a finger is down.
(function () {
    "use strict";

    const INTERVAL_MS = 1000;
    const REDRAW_MIN_MS = 5000;
    const BOARD_REDRAW_MS = 60000;
    let asked = Date.now();

    function wanted() {
        if (document.hidden || window.virtaama.isPressed() || window.virtaama.lost()) {
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

    setInterval(() => {
        if (wanted()) {
            asked = Date.now();
            dash_clientside.set_props("tick", { data: asked });
        }
    }, INTERVAL_MS);
}());
