// Suggested articles: insert, cite, copy, turn down, each with a click or a key.
import { insert, textOf } from "./composing.js";
import { say } from "./say.js";

/** The keys of this page. */
export function suggestions() {
  const offers = [...document.querySelectorAll("[data-suggestion]")];
  offers.forEach(minding);
  const body = document.querySelector("#body");
  if (!body) return {};
  const write = (mode) => () => {
    document.querySelector(`[data-mode="${mode}"]`).click();
    body.focus();
    body.scrollIntoView({ block: "center" });
  };
  const found = { r: write("reply"), n: write("note") };
  const shown = offers.filter((offer) => !offer.closest("details"));
  shown.slice(0, 9).forEach((offer, at) => { found[at + 1] = () => inserting(offer); });
  const hand = () => document.activeElement?.closest("[data-suggestion]") ?? shown[0];
  const step = (by) => () => {
    const at = shown.indexOf(document.activeElement?.closest("[data-suggestion]"));
    shown[at < 0 ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1)]?.querySelector("a").focus();
  };
  const press = (selector) => () => hand()?.querySelector(selector)?.click();
  return {
    ...found, j: step(1), k: step(-1), i: () => hand() && inserting(hand()), c: press("[data-cite]"),
    o: press("[data-panel]"), l: press("[data-link]"), x: press('[data-said="not relevant"]'),
    u: press('[data-said="outdated"]'),
  };
}

function minding(offer) {
  offer.querySelector("[data-insert]")?.addEventListener("click", (event) => {
    event.preventDefault();
    inserting(offer);
  });
  offer.querySelector("[data-cite]")?.addEventListener("click", (event) => {
    event.preventDefault();
    if (insert(offer, "link")) judge(offer, "inserted");
  });
  const copy = offer.querySelector("[data-copy]");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(textOf(offer));
      copy.textContent = `✓ ${copy.textContent.replace("✓ ", "")}`;
      say(copy.textContent);
    });
  }
  offer.querySelectorAll("[data-said]").forEach((button) => button.addEventListener("click", (event) => {
    event.preventDefault();
    judge(offer, button.dataset.said).then((kept) => kept && show(offer, button.dataset.said));
  }));
}

function inserting(offer) {
  if (insert(offer)) judge(offer, "inserted");
}

/** Tell the desk; whether it was kept. */
async function judge(offer, said) {
  const form = offer.querySelector("[data-verdict]");
  if (!form) return false;
  const fields = new FormData(form);
  fields.set("said", said);
  try {
    const reply = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(fields), headers: { accept: "application/json" },
    });
    return reply.ok;
  } catch {
    return false;
  }
}

function show(offer, said) {
  offer.classList.toggle("turned-down", said !== "");
  offer.querySelectorAll("[data-said]").forEach((button) => {
    if (button.dataset.said) button.setAttribute("aria-pressed", String(button.dataset.said === said));
    else button.hidden = said === "";
  });
  const button = offer.querySelector(said ? `[data-said="${said}"]` : '[data-said="not relevant"]');
  button.focus();
  say(button.textContent);
}
