// Small things that any page may have.
import { keysOn } from "./settings.js";

/** Focus moves to what went wrong, or with “still” to what is at hand, without scrolling there. */
export function focusing() {
  const place = document.querySelector("[data-focus]");
  place?.focus({ preventScroll: place.dataset.focus === "still" });
}

/** Moments in the reader's own time zone; without scripts they are in UTC. */
export function moments() {
  const written = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[data-moment]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.valueOf())) time.textContent = written.format(moment);
  }
}

/** A link beside each heading, to send to somebody. */
export function headings() {
  for (const heading of document.querySelectorAll("[data-headings] :is(h2, h3, h4)[id]")) {
    const link = document.createElement("a");
    link.className = "anchor";
    link.href = `#${encodeURIComponent(heading.id)}`;
    link.textContent = "#";
    link.setAttribute("aria-label", heading.textContent);
    heading.append(link);
  }
}

/** The key “/” goes to the search box, except where one is writing. */
export function shortcuts() {
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || !keysOn() || writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.querySelector("[data-slash]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
