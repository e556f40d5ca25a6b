// What this browser keeps for the person at it.

const KEYS = "deflect:keys";

/** Whether single keys do something. */
export function keysOn() {
  return read(KEYS) !== "off";
}

export function setKeysOn(on) {
  write(KEYS, on ? "" : "off");
}

/** A kept text; nothing where the browser keeps nothing. */
export function read(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** Keep a text, or with an empty one forget it; whether that worked. */
export function write(name, text) {
  try {
    if (text) localStorage.setItem(name, text);
    else localStorage.removeItem(name);
    return true;
  } catch {
    return false;
  }
}

/** Names of everything kept that begins so. */
export function names(beginning) {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(beginning));
  } catch {
    return [];
  }
}
