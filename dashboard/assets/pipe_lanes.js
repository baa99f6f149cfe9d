// Where the pipes of the process drawing run. On a wide screen in the gutters between stages: bypasses above a row, all
// else below it. On a phone, where stages stand one below the other, the way of the water runs from symbol to symbol and
// all else left of it; a folded section is one place of the way.
(function () {
    "use strict";

    const LANE_PX = 9;
    const NARROW_LANE_PX = 7;
    const SLOT_PX = 5;
    const SLOTS_PX = 24; // what pipes have beside a stage, less than its `--arrow`
    const BESIDE_PX = 12; // half of that: pipes there are about so far from the stage
    const ROUNDING_PX = 1; // where stages of several rows stand in line
    const STUB_PX = 22;
    const LEFT = -1; // the gutter beside the symbols of a phone

    // Where the stages stand: row, place in the row, and the boxes of stage and symbol within the drawing.
    function cells(place) {
        const origin = place.getBoundingClientRect();
        const inside = (element) => {
            const box = element.getBoundingClientRect();
            return { left: box.left - origin.left, right: box.right - origin.left, top: box.top - origin.top, bottom: box.bottom - origin.top };
        };
        const found = new Map();
        const rows = [];
        const folded = new Map();
        for (const element of place.querySelectorAll("[data-stage]")) {
            const standing = element.checkVisibility() ? element : element.closest(".section").querySelector(".section-head");
            if (folded.has(standing)) {
                found.set(element.dataset.stage, folded.get(standing));
                continue;
            }
            const stage = inside(standing);
            let row = rows.find((one) => Math.abs(one.top - stage.top) < 4);
            if (!row) {
                row = { top: stage.top, bottom: stage.bottom, count: 0 };
                rows.push(row);
            }
            row.bottom = Math.max(row.bottom, inside(standing.querySelector(".chips") || standing).bottom);
            const symbol = inside(standing.querySelector(".symbol"));
            const cell = { row: rows.indexOf(row), col: row.count, stage, symbol, y: (symbol.top + symbol.bottom) / 2 };
            found.set(element.dataset.stage, cell);
            folded.set(standing, cell);
            row.count += 1;
        }
        return { found, rows, width: origin.width };
    }

    // Whether a pipe may run up or down beside the stages of some rows: those of other rows may stand elsewhere.
    function isClear(grid, x, first, last) {
        return [...grid.found.values()].every(({ row, stage }) => row < first || row > last
            || x + BESIDE_PX < stage.left + ROUNDING_PX || x - BESIDE_PX > stage.right - ROUNDING_PX);
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

    const isNext = ({ pipe, from, to }) => pipe.kind === "main" && to.row === from.row + 1;

    // On a phone: a lane left of the symbols for each owner of pipes that lead elsewhere than to the next stage.
    function planDown(pipes, grid) {
        const ends = (pipe) => ({ pipe, from: grid.found.get(pipe.source), to: grid.found.get(pipe.target) });
        const planned = pipes.map(ends).filter(({ from, to }) => from && to && from !== to);
        const groups = Map.groupBy(planned.filter((one) => !isNext(one)), ({ pipe }) => ownerOf(pipe, pipes));
        const spans = [...groups.values()].map((group) => {
            const rows = group.flatMap(({ from, to }) => [from.row, to.row]);
            return { group, span: [Math.min(...rows), Math.max(...rows)] };
        });
        spans.sort((one, other) => one.span[1] - one.span[0] - (other.span[1] - other.span[0]));
        const lanes = [];
        for (const { group, span } of spans) {
            const lane = laneOf(lanes, span);
            group.forEach((one) => { one.lane = lane; });
        }
        return { planned, lanes: (gutter) => (gutter === LEFT ? lanes.length : 0) };
    }

    function down(one) {
        const { from, to, lane } = one;
        if (isNext(one)) {
            const x = (to.symbol.left + to.symbol.right) / 2;
            return [[x, from.symbol.bottom + 2], [x, to.symbol.top - 2]];
        }
        const x = from.symbol.left - NARROW_LANE_PX * (lane + 1);
        return [[from.symbol.left, from.y + SLOT_PX], [x, from.y + SLOT_PX], [x, to.y - SLOT_PX], [to.symbol.left, to.y - SLOT_PX]];
    }

    // How much room the gutters of a plan take, as the style sheet asks for it.
    function widen(place, grid, lanes) {
        for (const element of place.querySelectorAll("[data-stage]")) {
            const { row } = grid.found.get(element.dataset.stage);
            const isLast = row === grid.rows.length - 1;
            element.style.setProperty("--gutter", `${LANE_PX * (lanes(row + 1) + (isLast ? 0 : 1))}px`);
        }
        place.style.setProperty("--gutter-top", `${LANE_PX * lanes(0)}px`);
    }

    function widenLeft(place, _grid, lanes) {
        place.style.setProperty("--gutter-left", `${NARROW_LANE_PX * lanes(LEFT)}px`);
    }

    window.virtaama.pipes = {
        cells,
        wide: { plan, corners, widen, widestPx: 10 },
        narrow: { plan: planDown, corners: down, widen: widenLeft, widestPx: 6 },
    };
}());
