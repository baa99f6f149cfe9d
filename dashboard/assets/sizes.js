// How wide a value is, in ems: the style sheet makes its letters as large as its tile allows, so that nothing is cut.
(function () {
    "use strict";

    const PLACES = ":is(.tile, .chip) .number";
    const FONT_PX = 100;
    const SPARE_EMS = 0.05;
    const pen = document.createElement("canvas").getContext("2d");
    const widths = new Map();

    function wordEms(word) {
        // All digits are as wide as a zero.
        const pattern = word.replace(/[0-9]/g, "0");
        if (!widths.has(pattern)) {
            pen.font = `700 ${FONT_PX}px ${getComputedStyle(document.body).fontFamily}`;
            widths.set(pattern, pen.measureText(pattern).width / FONT_PX);
        }
        return widths.get(pattern);
    }

    // Lines break at spaces, and only there; those between thousands are none.
    function size(element) {
        const ems = Math.max(...element.textContent.split(" ").map(wordEms)) + SPARE_EMS;
        element.style.setProperty("--ems", Math.max(ems, 1).toFixed(2));
    }

    const sizeAll = (root) => root.querySelectorAll(PLACES).forEach(size);

    function onMutation(records) {
        for (const { target } of records) {
            const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
            if (element && element.matches(PLACES)) {
                size(element);
            } else if (element) {
                sizeAll(element);
            }
        }
    }

    document.addEventListener("DOMContentLoaded", () => {
        new MutationObserver(onMutation).observe(document.body, { childList: true, characterData: true, subtree: true });
    });
    document.fonts.addEventListener("loadingdone", () => {
        widths.clear();
        sizeAll(document);
    });
}());
