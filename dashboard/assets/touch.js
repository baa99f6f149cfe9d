// Charts under a finger: a tap shows the values, a drag along the time and two fingers zoom where a chart can be
// zoomed, and a swipe up or down scrolls the page. Plotly would take a tap for a double click.
(function () {
    "use strict";

    const MOVE_MIN_PX = 10; // less is a tap
    const ZOOM_MIN_PX = 20;
    let plot = null; // the chart that is touched
    let starts = []; // where its fingers were put down, in pixels of the screen
    let last = []; // where they were seen last
    let shown = null; // what the tooltip belongs to
    const ours = { capture: true, passive: false };

    const isDrawn = (one) => Boolean(one && one.isConnected && one._fullLayout);

    // The chart under the fingers may be drawn anew meanwhile: then its successor is meant.
    function isThere() {
        if (!isDrawn(plot) && plot && starts.length) {
            const found = document.elementFromPoint(starts[0].x, starts[0].y);
            plot = found && found.closest(".js-plotly-plot");
        }
        return isDrawn(plot);
    }

    const places = (event) => [...event.touches].map((one) => ({ x: one.clientX, y: one.clientY }));
    const axis = () => plot._fullLayout.xaxis;
    const canZoom = () => axis() && !axis().fixedrange;
    const left = () => plot.getBoundingClientRect().left + axis()._offset;

    // Where a place on the screen lies on the axis of the chart.
    function valueAt(x) {
        const [start, end] = axis().range;
        return start + (end - start) * (x - left()) / axis()._length;
    }

    function point(target, kind, place) {
        const at = { bubbles: true, clientX: place.x, clientY: place.y, view: window };
        target.dispatchEvent(new MouseEvent(kind, at));
    }

    function hide() {
        if (shown && shown.isConnected) {
            point(shown, "mouseout", { x: 0, y: 0 });
        }
        shown = null;
    }

    function show(target, place) {
        if (shown !== target) {
            hide();
        }
        shown = target;
        point(target, "mouseover", place);
        point(target, "mousemove", place);
    }

    // The stretch of time that a drag has gone over, within the chart.
    function stretch(from, to) {
        const ends = [from, to].map((x) => Math.min(Math.max(x, left()), left() + axis()._length));
        return ends.sort((one, other) => one - other);
    }

    function band() {
        let found = plot.querySelector(".zoom-band");
        if (!found) {
            found = document.createElement("div");
            found.className = "zoom-band";
            plot.append(found);
        }
        return found;
    }

    function drawBand(from, to) {
        const [start, end] = stretch(from, to);
        const size = plot._fullLayout._size;
        Object.assign(band().style, {
            left: `${start - plot.getBoundingClientRect().left}px`, width: `${end - start}px`,
            top: `${size.t}px`, height: `${size.h}px`,
        });
    }

    // The range at which what was under two fingers is under them again.
    function pinched(now) {
        const [one, other] = starts.map((start) => valueAt(start.x));
        const scale = (other - one) / (now[1].x - now[0].x);
        const start = one - scale * (now[0].x - left());
        return [start, start + scale * axis()._length];
    }

    // What is drawn of the data; Plotly moves the same while a wheel is turned.
    const layers = () => plot.querySelectorAll(".cartesianlayer .overplot > g > g");

    function drawPinch(now) {
        const [first, second] = starts.map((start) => start.x - left());
        const scale = (now[1].x - now[0].x) / (second - first);
        const move = now[0].x - left() - scale * first;
        for (const layer of layers()) {
            layer.style.transform = `translate(${move}px, 0) scale(${scale}, 1)`;
        }
    }

    function clear() {
        for (const layer of layers()) {
            layer.style.transform = "";
        }
        plot.querySelectorAll(".zoom-band").forEach((one) => one.remove());
    }

    function zoom([start, end]) {
        if (end > start) {
            window.Plotly.relayout(plot, { "xaxis.range[0]": start, "xaxis.range[1]": end });
        }
    }

    const isPinch = (now) => starts.length === 2 && now.length === 2
        && (starts[1].x - starts[0].x) * (now[1].x - now[0].x) > 0;
    const hasMoved = (now) => Math.abs(now.x - starts[0].x) >= MOVE_MIN_PX;
    const isTap = (now) => !hasMoved(now) && Math.abs(now.y - starts[0].y) < MOVE_MIN_PX;
    const isSwipe = (now) => starts.length === 1
        && !hasMoved(last[0]) && Math.abs(now[0].y - starts[0].y) > Math.abs(now[0].x - starts[0].x);

    function begin(event) {
        const touched = event.target.closest && event.target.closest(".js-plotly-plot");
        if (!isDrawn(touched)) {
            hide();
            plot = null;
            return;
        }
        event.stopPropagation();
        if (isDrawn(plot) && plot !== touched) {
            clear();
        }
        plot = touched;
        starts = last = places(event);
        // A chart that is drawn anew meanwhile drops what was touched: its touches reach nobody else.
        event.target.addEventListener("touchmove", move, ours);
        event.target.addEventListener("touchend", end, ours);
        event.target.addEventListener("touchcancel", cancel, ours);
    }

    function move(event) {
        if (!starts.length || !isThere()) {
            return;
        }
        event.stopPropagation();
        const now = places(event);
        if (!event.cancelable || isSwipe(now)) { // the page is being scrolled
            cancel();
            return;
        }
        event.preventDefault(); // a finger that went along the time first stays ours
        if (!canZoom()) {
            if (now.length === 1 && hasMoved(now[0])) {
                show(event.target, now[0]);
            }
        } else if (isPinch(now)) {
            plot.querySelectorAll(".zoom-band").forEach((one) => one.remove());
            drawPinch(now);
        } else if (starts.length === 1 && hasMoved(now[0])) {
            hide();
            drawBand(starts[0].x, now[0].x);
        }
        last = now;
    }

    function end(event) {
        if (!isThere()) {
            return;
        }
        event.stopPropagation();
        if (event.cancelable) {
            event.preventDefault(); // no mouse events of the browser's making
        }
        const finished = plot;
        clear();
        if (starts.length === 1 && isTap(last[0])) {
            show(event.target, last[0]);
        } else if (canZoom() && isPinch(last)) {
            zoom(pinched(last));
        } else if (canZoom() && starts.length === 1 && Math.abs(last[0].x - starts[0].x) >= ZOOM_MIN_PX) {
            zoom(stretch(starts[0].x, last[0].x).map(valueAt));
        }
        // The second finger of two is lifted a moment later, and means nothing.
        plot = event.touches.length ? finished : null;
        starts = [];
    }

    function cancel() {
        if (isDrawn(plot)) {
            clear();
        }
        plot = null;
        starts = [];
    }

    document.addEventListener("touchstart", begin, ours);
}());
