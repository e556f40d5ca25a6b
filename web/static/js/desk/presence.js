// Who else has the ticket open, whether something new came in, and whether one is still signed in.

const SECONDS = 15;

export function presence(page) {
  const look = async () => {
    if (document.hidden) return;
    await stillIn();
  };
  setInterval(look, SECONDS * 1000);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  look();
}

/** Ask the desk; what it says is shown. False only where the session has ended. */
export async function stillIn() {
  const page = document.querySelector("[data-presence]");
  if (!page) return true;
  try {
    const reply = await fetch(page.dataset.presence, { headers: { accept: "application/json" } });
    const out = reply.redirected || reply.status === 401 || reply.status === 403;
    document.querySelector("[data-signed-out]").hidden = !out;
    if (out) {
      document.querySelector("[data-signed-out]").scrollIntoView({ block: "nearest" });
      return false;
    }
    if (reply.ok) show(page, await reply.json());
  } catch {
    // Without a network nothing is known; sending will say so.
  }
  return true;
}

function show(page, told) {
  const others = document.querySelector("[data-others]");
  others.hidden = told.others.length === 0;
  document.querySelector("[data-others-names]").textContent = told.others.join(", ");
  document.querySelector("[data-news]").hidden = told.messages <= Number(page.dataset.messages);
}
