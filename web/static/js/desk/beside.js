// An article beside the ticket: the reply stays where it is, and Escape goes back to it.

export function beside() {
  const panel = document.querySelector("#beside");
  if (!panel) return;
  const text = panel.querySelector("[data-beside-text]");
  let from = null;
  const close = () => {
    panel.close();
    from?.focus();
  };
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const reply = await fetch(link.dataset.panel);
    if (!reply.ok || reply.redirected) {
      location.assign(link.href);
      return;
    }
    // Our own page, laid out and sanitised by the desk.
    text.replaceChildren(...new DOMParser().parseFromString(await reply.text(), "text/html").body.childNodes);
    panel.querySelector("[data-beside-whole]").href = link.href;
    from = link;
    if (!panel.open) panel.show();
    const anchor = link.dataset.anchor && text.querySelector(`[id="${CSS.escape(link.dataset.anchor)}"]`);
    if (anchor) anchor.scrollIntoView();
    else panel.scrollTop = 0;
    panel.querySelector("[data-beside-close]").focus();
  });
  panel.querySelector("[data-beside-close]").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.open && !document.querySelector("dialog[open]:modal")) close();
  });
}
