// The reply: inserting suggestions so that Ctrl-Z takes them out again, stopping guarded ones, sending with Ctrl-Enter.
import { say } from "./say.js";
import { stillIn } from "./presence.js";

export function composing(form) {
  const area = form.querySelector("textarea");
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".composer-foot .button"));
    }
  });
  area.addEventListener("input", () => unstop());
  form.querySelectorAll("[data-mode]").forEach((mode) => mode.addEventListener("change", () => unstop()));
  let checked = false;
  form.addEventListener("submit", async (event) => {
    if (checked || event.submitter?.hasAttribute("formaction")) return;
    // A session that ended is found out before the text leaves the page.
    event.preventDefault();
    if (await stillIn()) {
      checked = true;
      form.requestSubmit(event.submitter ?? undefined);
    }
  });
}

/** Put a suggestion where the cursor is: passage and link, or with `only` the link alone. Whether it was put in. */
export function insert(offer, only = "") {
  const area = document.querySelector("#body");
  if (!area) return false;
  if ("guarded" in offer.dataset && !document.querySelector('[data-mode="note"]')?.checked) {
    stop(offer.dataset.title);
    return false;
  }
  unstop();
  area.focus();
  const before = area.value.slice(0, area.selectionStart);
  const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  put(area, `${gap}${textOf(offer, only)}\n`);
  say(`${offer.dataset.title} ✓`);
  return true;
}

export function textOf(offer, only = "") {
  const link = `${offer.dataset.title}\n${new URL(offer.dataset.address, location.origin).href}`;
  return only ? link : `${offer.dataset.text.trim()}\n\n${link}`;
}

function put(area, text) {
  // The one way to write into a field that the browser's own undo knows about.
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

function stop(title) {
  const place = document.querySelector("[data-stop]");
  place.textContent = place.dataset.stop.replace("%(title)s", title);
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
}

function unstop() {
  const place = document.querySelector("[data-stop]");
  if (place) place.hidden = true;
}
