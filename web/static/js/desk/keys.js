// Single keys. They do nothing while somebody writes or a dialog is open, and can be switched off for good.
import { keysOn, setKeysOn } from "../settings.js";

/** `own` maps keys of this page to what they do; anything marked `data-key` has one too. */
export function keys(own) {
  const box = document.querySelector("[data-keys-on]");
  if (box) {
    box.checked = keysOn();
    box.addEventListener("change", () => setKeysOn(box.checked));
  }
  const walking = walk();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!keysOn() || busy(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "?") {
      event.preventDefault();
      document.querySelector("#shortcuts")?.showModal();
      return;
    }
    const deed = own[key] ?? walking[key] ?? marked(key);
    if (!deed) return;
    event.preventDefault();
    deed();
  });
}

function busy(target) {
  return Boolean(document.querySelector("dialog[open]:modal") || target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"));
}

function marked(key) {
  if (!/^[a-z]$/.test(key)) return null;
  const found = [...document.querySelectorAll(`[data-key="${key}"]`)].find((one) => one.offsetParent !== null);
  return found ? () => use(found) : null;
}

/** Do what a click would, or go there where there is something to fill in. */
export function use(element) {
  const details = element.closest("details");
  if (element.matches("summary")) {
    details.open = true;
    details.scrollIntoView({ block: "nearest" });
    details.querySelector("textarea, select, input:not([type=hidden])")?.focus();
  } else if (element.matches("select, textarea, input:not([type=checkbox])")) {
    if (details) details.open = true;
    element.focus();
  } else {
    element.click();
  }
}

/** Up and down a list of links. */
function walk() {
  const links = [...document.querySelectorAll("[data-walk-to]")];
  const first = document.querySelector("[data-filter-first]");
  const found = first ? { f: () => first.focus() } : {};
  if (!links.length) return found;
  const step = (by) => () => {
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)].focus();
  };
  return { ...found, j: step(1), k: step(-1) };
}
