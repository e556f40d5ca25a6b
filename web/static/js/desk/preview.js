// The preview follows what is typed: after each pause the server lays the text out, safely, as its button does.
import { latest } from "../latest.js";

const PAUSE = 500;
const PARTS = ["preview", "checked"];

/** Keep the preview and what looks personal up to date; `renewed` is called when they were. */
export function preview(form, renewed) {
  const button = form.querySelector("[data-preview]");
  if (!button) return;
  const laidOut = async (signal) => {
    const body = new URLSearchParams(new FormData(form));
    const reply = await fetch(button.formAction, { method: "POST", body, credentials: "same-origin", signal });
    return reply.ok ? new DOMParser().parseFromString(await reply.text(), "text/html") : null;
  };
  const asking = latest(laidOut, (page) => {
    PARTS.forEach((id) => show(id, page));
    if (page) renewed();
  }, PAUSE);
  form.addEventListener("input", () => asking.start());
  form.addEventListener("submit", asking.stop);
  asking.start();
}

/** Without a reply what stood there stays. */
function show(id, page) {
  const old = document.getElementById(id);
  const fresh = page?.getElementById(id);
  if (!old || !fresh || old.contains(document.activeElement)) return;
  old.replaceWith(document.importNode(fresh, true));
}
