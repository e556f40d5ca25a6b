// Choosing several predictions: the choice stays while one walks through the list.

const NAME = "deflect:chosen";

export function bulk(form) {
  const boxes = [...form.querySelectorAll('input[type="checkbox"]')];
  const told = form.querySelector("[data-chosen]");
  const all = form.querySelector("[data-all]");
  const kept = new Set(read());
  boxes.forEach((box) => { box.checked = box.checked || kept.has(box.value); });
  const count = () => {
    const chosen = boxes.filter((box) => box.checked);
    told.textContent = chosen.length ? `${chosen.length} ✓` : "";
    form.classList.toggle("some-chosen", chosen.length > 0);
    form.querySelectorAll(".actions .button").forEach((button) => { button.disabled = !chosen.length; });
    write(chosen.map((box) => box.value));
  };
  boxes.forEach((box) => box.addEventListener("change", count));
  all.hidden = false;
  all.addEventListener("click", () => {
    const on = boxes.some((box) => !box.checked);
    boxes.forEach((box) => { box.checked = on; });
    count();
  });
  form.querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
  count();
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "[]");
  } catch {
    return [];
  }
}

function write(values) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(values));
  } catch {
    // Then the choice lasts for this page only.
  }
}
