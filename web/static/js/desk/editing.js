// The editor: Ctrl-S saves, leaving with unsaved words is asked about, and a piece that looks personal is one click away.
import { preview } from "./preview.js";

export function editing(form) {
  const area = form.querySelector("textarea");
  let changed = false;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".button.primary"));
    }
  });
  const leading = () => document.querySelectorAll("mark[data-find]").forEach((mark) => leadingTo(mark, area));
  leading();
  preview(form, leading);
}

/** A piece that looks personal becomes a button that leads to it. */
function leadingTo(mark, area) {
  if (mark.closest("button")) return;
  const at = area.value.indexOf(mark.dataset.find);
  if (at < 0) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  mark.replaceWith(button);
  button.append(mark);
  button.addEventListener("click", () => {
    const from = area.value.indexOf(mark.dataset.find);
    area.focus();
    if (from >= 0) area.setSelectionRange(from, from + mark.dataset.find.length);
  });
}
