// What an agent writes survives a reload, a crash and a session that ended: it goes only when the desk says it was sent.
import { names, read, write } from "../settings.js";

const BEGINNING = "deflect:reply:";
const MONTH = 30 * 24 * 3600 * 1000;

export function keepingReplies(area) {
  forgetOld();
  const name = BEGINNING + area.dataset.replyDraft;
  const note = document.querySelector("[data-draft-note]");
  const done = new URLSearchParams(location.search).get("done");
  if (done === "sent" || done === "noted") {
    write(name, "");
    // A reload must not forget what was begun since.
    history.replaceState(null, "", location.pathname + location.hash);
  }
  const kept = parsed(read(name));
  if (kept && !area.value) {
    area.value = kept.text;
    const mode = document.querySelector(`[data-mode="${kept.note ? "note" : "reply"}"]`);
    if (mode) mode.checked = true;
    tell(note);
  }
  const keep = () => {
    const internal = document.querySelector('[data-mode="note"]')?.checked ?? false;
    const text = area.value ? JSON.stringify({ text: area.value, note: internal, at: Date.now() }) : "";
    if (write(name, text) && text) tell(note);
  };
  area.addEventListener("input", keep);
  document.querySelectorAll("[data-mode]").forEach((mode) => mode.addEventListener("change", keep));
  if (area.value) keep();
}

function tell(note) {
  if (note) note.textContent = note.dataset.draftNote;
}

function forgetOld() {
  for (const name of names(BEGINNING)) {
    const kept = parsed(read(name));
    if (!kept || Date.now() - kept.at > MONTH) write(name, "");
  }
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
