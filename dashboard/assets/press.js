// Whether the mouse or a finger is down. What answers a question waits until it has left a chart: a chart that is
// drawn anew while somebody drags across it takes the drag away, and Plotly fails over what is gone.
(function () {
    "use strict";

    const HELD_MAX_MS = 30000; // a button whose release nobody told us of
    const SETTLE_MS = 500; // what a drag leads to is asked for before what was held is drawn
    const DRAWN_MAX_MS = 3000;
    const MOVE_MIN_PX = 8; // less is a click for Plotly
    const fetchAsEver = window.fetch;
    let pressed = false;
    let plot = null; // the chart on which it went down
    let begun = [0, 0];
    let waiting = [];

    const isGone = (one) => !one.isConnected || !one._fullLayout;

    function press(event) {
        pressed = true;
        plot = (event.target.closest && event.target.closest(".js-plotly-plot")) || null;
        begun = [event.clientX, event.clientY];
        if (plot) {
            setTimeout(release, HELD_MAX_MS, plot);
        } else {
            release(null);
        }
    }

    function release(of) {
        if (of === plot) {
            plot = null;
            waiting.splice(0).forEach((go) => go());
        }
    }

    // Plotly hears of the end after us, and says when the chart has the range that was dragged over.
    function lift(event) {
        pressed = Boolean(event.touches && event.touches.length);
        const of = plot;
        if (pressed || !of) {
            return;
        }
        const moved = [event.clientX - begun[0], event.clientY - begun[1]].some((px) => Math.abs(px) >= MOVE_MIN_PX);
        if (moved && of.once && !isGone(of)) {
            of.once("plotly_relayout", () => setTimeout(release, SETTLE_MS, of));
        }
        setTimeout(release, moved ? DRAWN_MAX_MS : SETTLE_MS, of);
    }

    // An answer that came before the drag may be drawn during it: then the drag is over, and Plotly is not told.
    function guard(event) {
        if (plot && isGone(plot)) {
            event.stopImmediatePropagation();
            document.querySelectorAll(".dragcover").forEach((cover) => cover.remove());
        }
    }

    window.fetch = async function (resource, options) {
        const answer = await fetchAsEver(resource, options);
        if (plot && String(resource.url || resource).includes("_dash-update-component")) {
            await new Promise((go) => { waiting.push(go); });
        }
        return answer;
    };

    const first = { capture: true, passive: true }; // a chart keeps its touches to itself
    window.addEventListener("mousedown", press, first);
    window.addEventListener("mousemove", guard, first);
    window.addEventListener("mouseup", (event) => { guard(event); lift(event); }, first);
    window.addEventListener("blur", lift);
    window.addEventListener("touchstart", (event) => {
        press(event);
        // Of an element that is gone meanwhile only its own listeners hear.
        event.target.addEventListener("touchend", lift, first);
        event.target.addEventListener("touchcancel", lift, first);
    }, first);
    window.virtaama.isPressed = () => pressed;
}());
