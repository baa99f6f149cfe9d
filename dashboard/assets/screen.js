// The screen itself: its width, its clock, and the two choices that are kept in cookies.
(function () {
    "use strict";

    const RESIZE_PAUSE_MS = 300;
    const CLOCK_INTERVAL_MS = 1000;
    const HOUR_MS = 3600000;
    const COOKIE_MAX_AGE_S = 366 * 86400;
    const DARK = window.matchMedia("(prefers-color-scheme: dark)");
    const HOME = `${document.documentElement.dataset.prefix}/`; // below the path of a proxy and of a site
    const ROOT = `${document.documentElement.dataset.root}/`; // below the path of a proxy
    let reportedWidth = 0;
    let resizing = 0;

    function reportWidth() {
        const width = document.documentElement.clientWidth;
        const ready = window.dash_clientside && dash_clientside.set_props
            && document.getElementById("content");
        if (ready && width !== reportedWidth) {
            reportedWidth = width;
            dash_clientside.set_props("screen", { data: { width_px: width } });
        }
        return Boolean(ready);
    }

    function reportWidthWhenReady() {
        if (!reportWidth()) {
            setTimeout(reportWidthWhenReady, 50);
        }
    }

    // A moment in the site's time; the day is told unless it is today.
    function clock(ms) {
        const facts = document.getElementById("live-facts").dataset;
        const format = (at, options) => new Intl.DateTimeFormat(facts.locale, { timeZone: facts.zone, ...options }).format(at);
        const day = { day: "numeric", month: "numeric" };
        const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
        const today = format(ms, { year: "numeric", ...day }) === format(window.virtaama.now(), { year: "numeric", ...day });
        return format(ms, today ? time : { ...day, ...time });
    }

    function showClock() {
        const facts = document.getElementById("live-facts");
        const clock = document.getElementById("clock");
        if (facts && clock) {
            const options = {
                weekday: "short", day: "numeric", month: "numeric",
                hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
                timeZone: facts.dataset.zone,
            };
            const now = window.virtaama.now();
            const format = new Intl.DateTimeFormat(facts.dataset.locale, options);
            // In the hour that comes twice a clock must say which of the two it is.
            const isTwice = [-HOUR_MS, HOUR_MS].some((shift) => format.format(now + shift) === format.format(now));
            clock.textContent = isTwice
                ? new Intl.DateTimeFormat(facts.dataset.locale, { ...options, timeZoneName: "shortOffset" }).format(now)
                : format.format(now);
        }
    }

    function keep(name, value) {
        document.cookie = `${name}=${value}; path=${ROOT}; max-age=${COOKIE_MAX_AGE_S}; samesite=lax`;
    }

    // Until somebody chooses, the system's colours rule; the server must know them to draw charts.
    function followSystem() {
        const scheme = DARK.matches ? "dark" : "light";
        keep("virtaama_system_scheme", scheme);
        if (!/(^|; )virtaama_scheme=/.test(document.cookie)) {
            document.documentElement.dataset.mantineColorScheme = scheme;
            return true;
        }
        return false;
    }

    // A choice changes every text and every chart: the page is asked for anew, its address is its state.
    function choose(event) {
        const button = event.target.closest && event.target.closest("[data-cookie]");
        if (button) {
            keep(button.dataset.cookie, button.dataset.cookieValue);
            window.virtaama.reload();
        }
    }

    // The menu of a phone: what its row has no room for is unfolded, until a page is chosen.
    function unfoldMenu(event) {
        const menu = document.querySelector(".navigation");
        const more = menu && menu.querySelector(".nav-more");
        if (more) {
            const open = event.type === "click" && more.contains(event.target) && !("open" in menu.dataset);
            const wasInside = menu.contains(document.activeElement);
            menu.toggleAttribute("data-open", open);
            more.setAttribute("aria-expanded", String(open));
            if (event.key === "Escape" && wasInside) { more.focus(); }
        }
    }

    // What unfolds over the page is closed by Escape, which leads back to what opened it, and by a click beside it.
    function foldMenus(event) {
        const isKey = event.type === "keydown";
        if (isKey && event.key !== "Escape") {
            return;
        }
        for (const open of document.querySelectorAll(".header details[open]")) {
            if (isKey || !open.contains(event.target)) {
                const wasInside = open.contains(document.activeElement);
                open.open = false;
                if (isKey && wasInside) { open.querySelector("summary").focus(); }
            }
        }
        if (isKey) { unfoldMenu(event); }
    }

    function markPage() {
        for (const link of document.querySelectorAll("a.nav-link")) {
            const path = new URL(link.href).pathname;
            const here = path === location.pathname || (path !== HOME && location.pathname.startsWith(`${path}/`));
            if (here !== (link.getAttribute("aria-current") === "page")) {
                if (here) {
                    link.setAttribute("aria-current", "page");
                } else {
                    link.removeAttribute("aria-current");
                }
            }
        }
    }

    function showPrinted() {
        const place = document.getElementById("printed");
        if (place) {
            const { locale, zone } = window.virtaama.facts().dataset;
            const format = new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "short" });
            place.textContent = place.dataset.words.replace("{when}", `${format.format(window.virtaama.now())} (${zone})`);
        }
    }

    followSystem();
    DARK.addEventListener("change", () => {
        if (followSystem()) {
            window.virtaama.reload();
        }
    });
    window.addEventListener("beforeprint", showPrinted);
    window.virtaama.clock = clock;
    window.addEventListener("resize", () => {
        clearTimeout(resizing);
        resizing = setTimeout(reportWidth, RESIZE_PAUSE_MS);
    });
    document.addEventListener("click", choose);
    document.addEventListener("click", unfoldMenu);
    document.addEventListener("click", foldMenus);
    document.addEventListener("keydown", foldMenus);
    document.addEventListener("DOMContentLoaded", reportWidthWhenReady);
    setInterval(() => { showClock(); markPage(); }, CLOCK_INTERVAL_MS);
    window.addEventListener("_dashprivate_pushstate", () => setTimeout(markPage, 0));
}());
