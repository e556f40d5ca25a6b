// A search box that offers articles as one types: words at once, meaning when the pause comes.
import { fetched, latest } from "./latest.js";

const SOON = 90;
const PAUSE = 380;
let boxes = 0;

export function completing(form) {
  const input = form.querySelector("input[type=search]");
  const product = form.querySelector("input[name=product]")?.value ?? "";
  const id = `complete-${++boxes}`;
  const list = document.createElement("div");
  list.className = "complete";
  list.hidden = true;
  const options = document.createElement("ul");
  options.id = id;
  options.setAttribute("role", "listbox");
  options.setAttribute("aria-label", input.labels[0]?.textContent.trim() ?? "");
  const foot = document.createElement("p");
  foot.className = "complete-foot";
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  list.append(options, foot);
  form.append(list, said);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" })) {
    input.setAttribute(name, value);
  }

  let at = -1;
  const asking = (paused) => (signal, words) =>
    fetched(`/api/v1/complete?${new URLSearchParams({ q: words, product, paused })}`, signal);
  const soon = latest(asking("false"), show, SOON);
  const later = latest(asking("true"), show, PAUSE);

  function show(reply, words) {
    if (reply === null || words !== input.value || document.activeElement !== input) return;
    const chosen = options.children[at]?.dataset.slug;
    options.replaceChildren(...reply.articles.map(option));
    at = [...options.children].findIndex((each) => each.dataset.slug === chosen);
    select(at);
    foot.textContent = reply.hint;
    said.textContent = reply.said;
    open(reply.articles.length > 0);
  }

  function option(article, number) {
    const link = document.createElement("li");
    link.id = `${id}-${number}`;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    link.dataset.slug = article.slug;
    link.dataset.address = article.address;
    for (const segment of article.segments) {
      const piece = segment.matched ? document.createElement("mark") : document.createElement("span");
      piece.textContent = segment.text;
      link.append(piece);
    }
    if (article.heading && article.heading !== article.title) {
      const where = document.createElement("small");
      where.textContent = article.heading;
      link.append(where);
    }
    return link;
  }

  function select(number) {
    at = number;
    [...options.children].forEach((each, place) => each.setAttribute("aria-selected", String(place === number)));
    const chosen = options.children[number];
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function open(shown) {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) select(-1);
  }

  function close() {
    soon.stop();
    later.stop();
    open(false);
  }

  input.addEventListener("input", () => {
    if (!input.value.trim()) return close();
    soon.start(input.value);
    later.start(input.value);
  });
  input.addEventListener("keydown", (event) => {
    const count = options.children.length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      // One place before the first is the box itself.
      select(((at + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(options.children[at].dataset.address);
    }
  });
  options.addEventListener("mousedown", (event) => event.preventDefault());
  options.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (chosen) location.assign(chosen.dataset.address);
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
}
