// Asking while somebody types: only the reply to the newest question ever counts.

/** A function that waits for a pause, asks, and hands the reply on unless a newer question was asked meanwhile. */
export function latest(ask, use, pause) {
  let running = null;
  let timer = 0;
  const stop = () => {
    clearTimeout(timer);
    running?.abort();
    running = null;
  };
  const start = (...about) => {
    stop();
    timer = setTimeout(async () => {
      const mine = new AbortController();
      running = mine;
      try {
        const reply = await ask(mine.signal, ...about);
        if (running === mine) use(reply, ...about);
      } catch (error) {
        // A network that fails leaves the page as it works without scripts.
        if (error.name !== "AbortError" && running === mine) use(null, ...about);
      }
    }, pause);
  };
  return { start, stop };
}

/** The JSON at an address of ours, or null where the answer is an error; `body`, if any, is posted. */
export async function fetched(address, signal, body) {
  const how = body
    ? { method: "POST", body: JSON.stringify(body), headers: { accept: "application/json", "content-type": "application/json" } }
    : { headers: { accept: "application/json" } };
  const reply = await fetch(address, { signal, credentials: "same-origin", ...how });
  return reply.ok ? reply.json() : null;
}
