// A page that was asked for and does not come is told of, and is opened when the server answers again: its address
// is its state.
(function () {
    "use strict";

    const CHECK_INTERVAL_MS = 1500;
    const GATEWAY_FAILS = new Set([502, 503, 504]);
    const fetchAsEver = window.fetch;
    let outstanding = 0;
    let unreached = false;
    let failed = ""; // the number by which the server's log tells of a failure

    const asksForPage = (resource, options) => String(resource.url || resource).includes("_dash-update-component")
        && String(options && options.body).includes("_pages_content.children");

    window.fetch = async function (resource, options) {
        if (!asksForPage(resource, options)) {
            return noted(await fetchAsEver(resource, options));
        }
        outstanding += 1;
        failed = "";
        try {
            const answer = await fetchAsEver(resource, options);
            unreached = GATEWAY_FAILS.has(answer.status);
            return noted(answer);
        } catch (error) {
            unreached = true;
            throw error;
        } finally {
            outstanding -= 1;
            show();
        }
    };

    // Whoever uses a page after the session has ended is led to the way in; nothing would happen.
    function noted(answer) {
        if (answer.status === 401) { window.virtaama.leave(); }
        failed = answer.headers.get("X-Failure") || failed;
        show();
        return answer;
    }

    function show() {
        const place = document.getElementById("unreached");
        const facts = window.virtaama.facts();
        const said = facts ? sentence(JSON.parse(facts.dataset.words).link) : "";
        if (place && place.textContent !== said) {
            place.textContent = said;
            place.hidden = !said;
        }
    }

    function sentence(words) {
        if (unreached || (outstanding > 0 && window.virtaama.lost())) {
            return words.unreached;
        }
        return failed ? words.failed.replace("{number}", failed) : "";
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

    // Whoever chooses another site stays at the same page, if that site has it; the server knows.
    function keepPage(event) {
        const link = event.target.closest && event.target.closest(".site-menu a");
        if (link) {
            const here = location.pathname.slice(document.documentElement.dataset.prefix.length) + location.search;
            link.search = here === "/" ? "" : `?page=${encodeURIComponent(here)}`;
        }
    }

    // Links that our scripts draw lead where Dash's own do, without loading the page anew.
    function follow(event) {
        const link = event.target.closest && event.target.closest("#deviations a, #alarm-list a");
        if (link && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
            event.preventDefault();
            open(link.getAttribute("href"));
        }
    }

    document.addEventListener("click", follow);
    document.addEventListener("click", keepPage);
    document.addEventListener("auxclick", keepPage);
    Object.assign(window.virtaama, { open, reload });
    setInterval(() => {
        show();
        if (unreached) {
            reload();
        }
    }, CHECK_INTERVAL_MS);
}());
