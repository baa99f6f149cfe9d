// The pipes of the process drawing: laid between the stages where these stand, as wide as what flows in them.
// Where they run says pipe_lanes.js.
(function () {
    "use strict";

    const INTERVAL_MS = 1000;
    const WIDE = window.matchMedia("(width >= 80em)");
    const SVG = "http://www.w3.org/2000/svg";
    const WIDTH_MIN_PX = 2;
    const FLOWING_SHARE = 0.002; // of the largest flow; less is none
    let signature = "";
    let drawn = []; // [pipe, its lines in the drawing]

    const ways = () => window.virtaama.pipes[WIDE.matches ? "wide" : "narrow"];

    function make(parent, name, className) {
        const element = document.createElementNS(SVG, name);
        element.setAttribute("class", className);
        parent.append(element);
        return element;
    }

    function lay(place) {
        const { cells } = window.virtaama.pipes;
        const { plan, corners, widen } = ways();
        let grid = cells(place);
        const { planned, lanes } = plan(JSON.parse(place.dataset.pipes), grid);
        widen(place, grid, lanes);
        grid = cells(place);
        for (const one of planned) {
            one.from = grid.found.get(one.pipe.source);
            one.to = grid.found.get(one.pipe.target);
        }
        place.querySelectorAll("svg.pipes").forEach((old) => old.remove());
        const svg = make(place, "svg", "pipes");
        // What crosses another pipe lies above the branches; the way of the water above all.
        const order = ["branch", "loop", "bypass", "main"];
        planned.sort((one, other) => order.indexOf(one.pipe.kind) - order.indexOf(other.pipe.kind));
        drawn = [];
        for (const one of planned) {
            const points = corners(one, grid);
            if (points) {
                drawn.push([one.pipe, drawPipe(svg, one.pipe, points), points]);
            }
        }
        signature = signatureOf(place);
    }

    function drawPipe(svg, pipe, points) {
        const group = make(svg, "g", `pipe pipe-${pipe.kind} pipe-${pipe.family}`);
        group.dataset.stream = pipe.stream;
        const text = points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
        const lines = ["pipe-casing", "pipe-line"].map((name) => make(group, "path", name));
        lines.forEach((line) => line.setAttribute("d", text));
        make(group, "title", "").textContent = pipe.name;
        return { group, lines, head: make(group, "polygon", "pipe-head") };
    }

    function head(points, width) {
        const [[x0, y0], [x, y]] = points.slice(-2);
        const length = Math.hypot(x - x0, y - y0) || 1;
        const [dx, dy] = [(x - x0) / length, (y - y0) / length];
        const size = width / 2 + 4;
        const corner = (back, side) => `${(x - back * dx - side * dy).toFixed(1)},${(y - back * dy + side * dx).toFixed(1)}`;
        return [corner(0, 0), corner(size * 1.5, size), corner(size * 1.5, -size)].join(" ");
    }

    // What flows in a pipe now, by all that measure a part of it; null where nobody knows.
    function flowOf(pipe) {
        const flows = Object.entries(pipe.measured).map(([point, factor]) => {
            const latest = window.virtaama.values.get(point);
            const known = latest && latest[1] !== null && latest[2] !== 4 && latest[2] !== 9 && factor !== null;
            return known ? Math.max(latest[1] * factor, 0) : null;
        });
        return flows.length && !flows.includes(null) ? flows.reduce((sum, flow) => sum + flow) : null;
    }

    // At one speed, the diameter of a pipe grows with the root of what flows.
    function fill() {
        const { widestPx } = ways();
        const flows = drawn.map(([pipe]) => flowOf(pipe));
        const isGas = (place) => drawn[place][0].family === "gas";
        const most = (gas) => Math.max(0, ...flows.filter((flow, place) => flow !== null && isGas(place) === gas));
        drawn.forEach(([, { group, lines, head: tip }, points], place) => {
            const flow = flows[place];
            const share = flow === null ? null : flow / (most(isGas(place)) || 1);
            const flowing = share !== null && share >= FLOWING_SHARE;
            const width = flowing ? WIDTH_MIN_PX + (widestPx - WIDTH_MIN_PX) * Math.sqrt(share) : WIDTH_MIN_PX;
            lines[0].setAttribute("stroke-width", (width + 4).toFixed(1));
            lines[1].setAttribute("stroke-width", width.toFixed(1));
            tip.setAttribute("points", head(points, width));
            group.classList.toggle("pipe-still", share !== null && !flowing);
            group.classList.toggle("pipe-unknown", share === null);
        });
    }

    function signatureOf(place) {
        const boxes = [...place.querySelectorAll("[data-stage], .symbol, .chips, .section-head")].map((one) => one.getBoundingClientRect());
        const origin = place.getBoundingClientRect();
        return [place.dataset.pipes.length, WIDE.matches, ...boxes.flatMap((box) => [box.left - origin.left, box.top - origin.top, box.bottom - origin.top].map(Math.round))].join();
    }

    function show() {
        const place = document.getElementById("process");
        if (place) {
            // The head of an open section stays below that of the page.
            place.style.setProperty("--head", `${document.querySelector(".header").offsetHeight}px`);
            if (!place.querySelector("svg.pipes") || signatureOf(place) !== signature) {
                lay(place);
            }
            fill();
        }
    }

    // A section is folded and unfolded where stages stand one below the other.
    document.addEventListener("click", (event) => {
        const head = event.target.closest && event.target.closest(".section-head");
        if (head) {
            const isOpen = head.parentElement.toggleAttribute("data-open");
            head.setAttribute("aria-expanded", String(isOpen));
            show();
        }
    });
    document.addEventListener("click", (event) => {
        const pipe = event.target.closest && event.target.closest(".pipe");
        const found = pipe && drawn.find(([one]) => one.stream === pipe.dataset.stream);
        if (found) {
            window.virtaama.open(found[0].href);
        }
    });
    window.addEventListener("resize", () => requestAnimationFrame(show));
    setInterval(show, INTERVAL_MS);
}());
