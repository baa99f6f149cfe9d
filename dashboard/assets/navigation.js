// A page that was asked for and does not come is told of, and is opened when the server answers again: its address
// is its state.
(function () {
    "use strict";

    const CHECK_INTERVAL_MS = 1500;
    const GATEWAY_FAILS = new Set([502, 503, 504]);
    const fetchAsEver = window.fetch;
    let outstanding = 0;
    let unreached = false;

    const asksForPage = (resource, options) => String(resource.url || resource).includes("_dash-update-component")
        && String(options && options.body).includes("_pages_content.children");

    window.fetch = async function (resource, options) {
        if (!asksForPage(resource, options)) {
            return fetchAsEver(resource, options);
        }
        outstanding += 1;
        try {
            const answer = await fetchAsEver(resource, options);
            unreached = GATEWAY_FAILS.has(answer.status);
            return answer;
        } catch (error) {
            unreached = true;
            throw error;
        } finally {
            outstanding -= 1;
            show();
        }
    };

    function show() {
        const place = document.getElementById("unreached");
        const facts = window.virtaama.facts();
        const isAway = unreached || (outstanding > 0 && window.virtaama.lost());
        if (place && facts && place.hidden === isAway) {
            place.textContent = isAway ? JSON.parse(facts.dataset.words).link.unreached : "";
            place.hidden = !isAway;
        }
    }

    // A reload while nobody answers would end at the browser's own page, which does not come back by itself.
    async function reload() {
        const answer = await window.virtaama.ask();
        if (answer && !GATEWAY_FAILS.has(answer.status)) {
            location.reload();
        } else {
            unreached = true;
            show();
        }
    }

    // As Dash's own links do.
    function open(address) {
        history.pushState({}, "", address);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
        window.scrollTo(0, 0);
    }

    Object.assign(window.virtaama, { open, reload });
    setInterval(() => {
        show();
        if (unreached) {
            reload();
        }
    }, CHECK_INTERVAL_MS);
}());
