// What somebody wrote survives a reload and a session that ended: it is kept in this browser until it is sent.

export function keepingDrafts(area) {
  const name = `draft:${area.dataset.draft}`;
  const kept = read(name);
  if (kept && !area.value) area.value = kept;
  area.addEventListener("input", () => write(name, area.value));
  area.form?.addEventListener("submit", () => write(name, ""));
}

function read(name) {
  try {
    return sessionStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function write(name, text) {
  try {
    if (text) sessionStorage.setItem(name, text);
    else sessionStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing keeps no drafts either.
  }
}
