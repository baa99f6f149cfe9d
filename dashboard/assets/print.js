// Charts on paper: they are drawn as wide as the page before it is printed, and as before after it.
(function () {
    "use strict";

    const PAPER_PX = 690; // A4 between its margins
    let before = [];

    const draw = (plot, width) => window.Plotly.relayout(plot, { width, autosize: width === undefined });

    window.addEventListener("beforeprint", () => {
        before = [...document.querySelectorAll(".js-plotly-plot")].map((plot) => [plot, plot.layout.width]);
        for (const [plot] of before) {
            draw(plot, PAPER_PX);
        }
    });
    window.addEventListener("afterprint", () => {
        for (const [plot, width] of before) {
            draw(plot, width);
        }
    });
}());
