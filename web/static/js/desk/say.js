// What happened, told to a screen reader.

export function say(text) {
  const place = document.querySelector("[data-say]");
  if (!place) return;
  place.textContent = "";
  // A live region speaks when its text changes, so the same sentence twice needs a gap.
  setTimeout(() => { place.textContent = text; }, 50);
}
