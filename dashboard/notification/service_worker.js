// Shows what the notifier sent to this browser, also when no page is open, and opens the alarm when it is touched.
"use strict";

const MINUTE_MS = 60000;
const HOUR_MINUTES = 60;

function age(notice) {
    if (!notice.raised_ms) {
        return "";
    }
    const minutes = Math.max(Math.floor((Date.now() - notice.raised_ms) / MINUTE_MS), 0);
    if (minutes < 1) {
        return notice.ages.now;
    }
    return minutes < 2 * HOUR_MINUTES ? notice.ages.min.replace("#", minutes)
        : notice.ages.h.replace("#", Math.floor(minutes / HOUR_MINUTES));
}

self.addEventListener("push", (event) => {
    const notice = event.data.json();
    const lines = [age(notice), ...notice.lines].filter(Boolean);
    event.waitUntil(self.registration.showNotification(notice.title, {
        body: lines.join("\n"),
        tag: notice.tag, // one that comes twice replaces itself
        renotify: !notice.is_quiet,
        silent: Boolean(notice.is_quiet), // what it replaces has been answered, or has cleared
        requireInteraction: notice.priority === "high" && !notice.is_quiet,
        timestamp: notice.raised_ms || Date.now(),
        lang: notice.language,
        icon: new URL("assets/app_icons/icon-192.png", self.registration.scope).href,
        data: { path: notice.path },
    }));
});

self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    const target = new URL(event.notification.data.path, self.location.origin);
    if (target.origin === self.location.origin) {
        event.waitUntil(self.clients.openWindow(target.href));
    }
});
