// The pipes of the process drawing: laid between the stages where these stand, as wide as what flows in them.
// On a wide screen pipes run in the gutters between stages: bypasses above a row, all else below it. On a phone,
// where stages stand one below the other, only the way of the water is laid, and the streams are told in words.
(function () {
    "use strict";

    const INTERVAL_MS = 1000;
    const WIDE = window.matchMedia("(width >= 80em)");
    const SVG = "http://www.w3.org/2000/svg";
    const LANE_PX = 9;
    const SLOT_PX = 5;
    const SLOTS_PX = 24; // what pipes have beside a stage, less than its `--arrow`
    const BESIDE_PX = 12; // half of that: pipes there are about so far from the stage
    const STUB_PX = 22;
    const WIDTH_MIN_PX = 2;
    const WIDTH_MAX_PX = 10;
    const FLOWING_SHARE = 0.002; // of the largest flow; less is none
    let signature = "";
    let drawn = []; // [pipe, its lines in the drawing]

    // Where the stages stand: row, place in the row, and the boxes of stage and symbol within the drawing.
    function cells(place) {
        const origin = place.getBoundingClientRect();
        const inside = (element) => {
            const box = element.getBoundingClientRect();
            return { left: box.left - origin.left, right: box.right - origin.left, top: box.top - origin.top, bottom: box.bottom - origin.top };
        };
        const found = new Map();
        const rows = [];
        for (const element of place.querySelectorAll("[data-stage]")) {
            const stage = inside(element);
            let row = rows.find((one) => Math.abs(one.top - stage.top) < 4);
            if (!row) {
                row = { top: stage.top, bottom: stage.bottom, count: 0 };
                rows.push(row);
            }
            row.bottom = Math.max(row.bottom, inside(element.querySelector(".chips")).bottom);
            const symbol = inside(element.querySelector(".symbol"));
            found.set(element.dataset.stage, { row: rows.indexOf(row), col: row.count, stage, symbol, y: (symbol.top + symbol.bottom) / 2 });
            row.count += 1;
        }
        return { found, rows, width: origin.width };
    }

    // Whether a pipe may run up or down beside the stages of some rows: those of other rows may stand elsewhere.
    function isClear(grid, x, first, last) {
        return [...grid.found.values()].every(({ row, stage }) => row < first || row > last
            || x + BESIDE_PX < stage.left || x - BESIDE_PX > stage.right);
    }

    // By which gutter a pipe goes (0 is above the first row), or none if it needs none: the nearest to its source from
    // which it crosses no stage on its way.
    function gutterOf(pipe, from, to, grid) {
        if (!from || (!to && pipe.kind !== "bypass")) {
            return null;
        }
        if (pipe.kind === "bypass") {
            return from.row;
        }
        const isNext = to.row === from.row && to.col === from.col + 1;
        if (isNext) {
            return null;
        }
        const [first, last] = to.row < from.row ? [from.row, to.row + 1] : [from.row + 1, Math.max(to.row, from.row + 1)];
        const step = Math.sign(last - first) || 1;
        const gutters = Array.from({ length: Math.abs(last - first) + 1 }, (_, place) => first + step * place);
        const [exit, entry] = edges(from, to);
        const crossesNone = (gutter) => (to.row < from.row
            ? isClear(grid, exit, gutter, from.row - 1) && isClear(grid, entry, to.row + 1, gutter - 1)
            : isClear(grid, exit, from.row + 1, gutter - 1) && isClear(grid, entry, gutter, to.row - 1));
        return gutters.find(crossesNone) ?? first;
    }

    // About where a pipe leaves one stage and comes to another.
    function edges(from, to) {
        return [from.stage.right + BESIDE_PX, to ? to.stage.left - BESIDE_PX : Infinity];
    }

    // The first lane of a gutter that is free where some pipes want to lie.
    function laneOf(lanes, [start, end]) {
        const free = lanes.findIndex((lane) => lane.every((one) => one.end < start || one.start > end));
        const place = free >= 0 ? free : lanes.push([]) - 1;
        lanes[place].push({ start, end });
        return place;
    }

    // Branches of one source lie upon each other, and so do those that come together: whichever are more.
    function ownerOf(pipe, pipes) {
        if (pipe.kind !== "branch") {
            return pipe.stream;
        }
        const alike = (end) => pipes.filter((one) => one.kind === "branch" && one.family === pipe.family && one[end] === pipe[end]).length;
        return alike("target") > alike("source") ? `to ${pipe.target} ${pipe.family}` : `from ${pipe.source} ${pipe.family}`;
    }

    // A lane for each owner in a gutter, and a place for each at the edge of a stage. Short ones choose first.
    function plan(pipes, grid) {
        const lanes = new Map();
        const slots = new Map();
        const listOf = (map, key) => map.get(key) || map.set(key, []).get(key);
        const slotOf = (key, owner) => {
            const owners = listOf(slots, key);
            const known = owners.indexOf(owner);
            return known >= 0 ? known : owners.push(owner) - 1;
        };
        const planned = pipes.map((pipe) => {
            const from = grid.found.get(pipe.source);
            const to = grid.found.get(pipe.target);
            return { pipe, from, to, gutter: gutterOf(pipe, from, to, grid), owner: ownerOf(pipe, pipes) };
        });
        const groups = new Map();
        for (const one of planned.filter(({ gutter }) => gutter !== null)) {
            listOf(groups, `${one.gutter} ${one.owner}`).push(one);
        }
        const spans = [...groups.values()].map((group) => {
            const ends = group.flatMap(({ from, to }) => edges(from, to));
            return { group, span: [Math.min(...ends), Math.max(...ends)] };
        });
        spans.sort((one, other) => one.span[1] - one.span[0] - (other.span[1] - other.span[0]));
        for (const { group, span } of spans) {
            const lane = laneOf(listOf(lanes, group[0].gutter), span);
            for (const one of group) {
                one.lane = lane;
                one.exit = slotOf(`${one.pipe.source} out`, one.owner.startsWith("to ") ? one.pipe.stream : one.owner);
                one.entry = one.to ? slotOf(`${one.pipe.target} in`, one.owner.startsWith("to ") ? one.owner : one.pipe.stream) : 0;
            }
        }
        const step = (key) => Math.min(SLOT_PX, SLOTS_PX / ((slots.get(key) || []).length + 1));
        for (const one of planned) {
            one.out = step(`${one.pipe.source} out`) * (one.exit + 1);
            one.in = step(`${one.pipe.target} in`) * (one.entry + 1);
        }
        return { planned, lanes: (gutter) => listOf(lanes, gutter).length };
    }

    function laneY(grid, { gutter, lane }, top) {
        const above = grid.rows[gutter - 1];
        return above ? above.bottom + LANE_PX * (lane + 1) : top + LANE_PX * lane;
    }

    // The corners of a pipe on a wide screen.
    function corners(one, grid) {
        const { pipe, from, to, gutter } = one;
        if (!from) {
            return to && [[to.symbol.left - STUB_PX, to.y], [to.symbol.left, to.y]];
        }
        if (gutter === null) {
            return [[from.symbol.right, from.y], to ? [to.symbol.left, to.y] : [from.symbol.right + STUB_PX, from.y]];
        }
        const out = from.stage.right + one.out;
        const y = laneY(grid, one, 6);
        const begin = [[from.symbol.right, from.y], [out, from.y], [out, y]];
        if (!to) {
            return [...begin, [grid.width - 8, y]];
        }
        const entry = to.stage.left - one.in;
        const joins = pipe.kind === "loop" || pipe.kind === "bypass";
        return [...begin, [entry, y], [entry, to.y], ...(joins ? [] : [[to.symbol.left, to.y]])];
    }

    // On a phone: from symbol to symbol, in the column of the symbols.
    function down({ pipe, from, to }) {
        if (pipe.kind !== "main" || !to || (from && to.row !== from.row + 1)) {
            return null;
        }
        const x = (to.symbol.left + to.symbol.right) / 2;
        return from ? [[x, from.symbol.bottom + 2], [x, to.symbol.top - 2]] : null;
    }

    function make(parent, name, className) {
        const element = document.createElementNS(SVG, name);
        element.setAttribute("class", className);
        parent.append(element);
        return element;
    }

    function lay(place) {
        const pipes = JSON.parse(place.dataset.pipes);
        const wide = WIDE.matches;
        let grid = cells(place);
        const { planned, lanes } = plan(pipes, grid);
        for (const element of place.querySelectorAll("[data-stage]")) {
            const { row } = grid.found.get(element.dataset.stage);
            const isLast = row === grid.rows.length - 1;
            element.style.setProperty("--gutter", wide ? `${LANE_PX * (lanes(row + 1) + (isLast ? 0 : 1))}px` : "");
        }
        place.style.setProperty("--gutter-top", wide ? `${LANE_PX * lanes(0)}px` : "");
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
            const points = wide ? corners(one, grid) : down(one);
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

    // What flows in a pipe now; null where nobody knows.
    function flowOf(pipe) {
        const latest = pipe.measured === null ? null : window.virtaama.values.get(String(pipe.measured));
        const known = latest && latest[1] !== null && latest[2] !== 4 && latest[2] !== 9 && pipe.factor !== null;
        return known ? Math.max(latest[1] * pipe.factor, 0) : null;
    }

    // At one speed, the diameter of a pipe grows with the root of what flows.
    function fill() {
        const flows = drawn.map(([pipe]) => flowOf(pipe));
        const isGas = (place) => drawn[place][0].family === "gas";
        const most = (gas) => Math.max(0, ...flows.filter((flow, place) => flow !== null && isGas(place) === gas));
        drawn.forEach(([, { group, lines, head: tip }, points], place) => {
            const flow = flows[place];
            const share = flow === null ? null : flow / (most(isGas(place)) || 1);
            const flowing = share !== null && share >= FLOWING_SHARE;
            const width = flowing ? WIDTH_MIN_PX + (WIDTH_MAX_PX - WIDTH_MIN_PX) * Math.sqrt(share) : WIDTH_MIN_PX;
            lines[0].setAttribute("stroke-width", (width + 4).toFixed(1));
            lines[1].setAttribute("stroke-width", width.toFixed(1));
            tip.setAttribute("points", head(points, width));
            group.classList.toggle("pipe-still", share !== null && !flowing);
            group.classList.toggle("pipe-unknown", share === null);
        });
    }

    function signatureOf(place) {
        const boxes = [...place.querySelectorAll("[data-stage], .symbol, .chips")].map((one) => one.getBoundingClientRect());
        const origin = place.getBoundingClientRect();
        return [place.dataset.pipes.length, WIDE.matches, ...boxes.flatMap((box) => [box.left - origin.left, box.top - origin.top, box.bottom - origin.top].map(Math.round))].join();
    }

    function show() {
        const place = document.getElementById("process");
        if (place) {
            if (!place.querySelector("svg.pipes") || signatureOf(place) !== signature) {
                lay(place);
            }
            fill();
        }
    }

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
