// Beside the ticket form: at most three articles that may answer it, once there is something to go by.
import { fetched, latest } from "./latest.js";

const ENOUGH = 100;
const PAUSE = 600;
const MOST = 3;

export function offering(form) {
  const [subject, body] = [form.elements.subject, form.elements.body];
  const place = form.querySelector("[data-offers]");
  // What was suggested last for this very form, so that half-written questions do not pile up.
  let own = "";
  const ask = (signal, title, text) =>
    fetched(
      `/api/v1/suggest`,
      signal,
      { subject: title, body: text, product: form.elements.product?.value ?? "", limit: MOST, surface: "form", replaces: own },
    );
  const asking = latest(ask, show, PAUSE);

  function show(reply) {
    own = reply?.question_key || own;
    if (!reply?.answered) {
      place.replaceChildren();
      form.querySelector("[data-checked]").value = "";
      return;
    }
    const title = document.createElement("h2");
    title.textContent = reply.said;
    place.replaceChildren(title, ...reply.hits.filter((hit) => hit.answers).map((hit) => offer(hit, reply)));
    form.querySelector("[data-question]").value = reply.question_key || form.elements.question_key.value;
    form.querySelector("[data-checked]").value = "yes";
  }

  function offer(hit, reply) {
    const box = document.createElement("div");
    box.className = "offer small";
    const link = document.createElement("a");
    link.href = hit.address;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = hit.title;
    const text = document.createElement("p");
    text.className = "quiet";
    text.textContent = hit.passage.length > 180 ? `${hit.passage.slice(0, 180)}…` : hit.passage;
    const solved = document.createElement("button");
    solved.type = "submit";
    solved.className = "button small";
    solved.formAction = "/contact/solved";
    solved.name = "rank";
    solved.value = hit.rank;
    solved.textContent = reply.solved;
    const head = document.createElement("p");
    head.append(link);
    box.append(head, text, solved);
    return box;
  }

  form.addEventListener("input", () => {
    const enough = subject.value.trim() && body.value.length >= ENOUGH;
    if (enough) asking.start(subject.value, body.value);
    else asking.stop();
  });
  form.addEventListener("submit", asking.stop);
}
