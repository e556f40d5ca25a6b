// The command menu: everything on the page that is marked as a command, found by its words.
import { use } from "./keys.js";

export function commands() {
  const menu = document.querySelector("#commands");
  if (!menu) return;
  const input = menu.querySelector("input");
  const list = menu.querySelector("[role=listbox]");
  const none = menu.querySelector("[data-none]");
  let shown = [];
  let at = 0;

  const mark = (next) => {
    at = shown.length ? (next + shown.length) % shown.length : 0;
    [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
    if (list.children[at]) {
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const fill = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    shown = every().filter((one) => words.every((word) => one.dataset.command.toLowerCase().includes(word)));
    list.replaceChildren(...shown.map((one, number) => {
      const item = document.createElement("li");
      item.id = `command-${number}`;
      item.setAttribute("role", "option");
      item.textContent = one.dataset.command;
      item.addEventListener("click", () => run(one));
      return item;
    }));
    none.textContent = shown.length ? "" : none.dataset.none;
    mark(0);
  };
  const run = (one) => {
    menu.close();
    use(one);
  };
  const open = () => {
    document.querySelectorAll("dialog[open]:modal").forEach((other) => other.close());
    input.value = "";
    fill();
    menu.showModal();
    input.focus();
  };

  input.addEventListener("input", fill);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" && shown[at]) run(shown[at]);
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (menu.open) menu.close();
    else open();
  });
  document.querySelectorAll("[data-opens]").forEach((button) => {
    if (!button.closest("dialog")) button.hidden = false;
    button.addEventListener("click", () => {
      if (button.dataset.opens === "commands") open();
      else document.querySelector(`#${button.dataset.opens}`)?.showModal();
    });
  });
  menu.addEventListener("click", (event) => { if (event.target === menu) menu.close(); });
}

function every() {
  // What the page shows first, then the ways to other pages.
  const all = [...document.querySelectorAll("[data-command]")];
  const here = all.filter((one) => !one.closest("#commands") && !one.disabled);
  return [...here, ...all.filter((one) => one.closest("#commands"))];
}
