// What a script can add to pages that work without one: copying, dialogs instead of confirm pages, "select all".
"use strict";

(() => {
  const say = (text) => {
    const live = document.getElementById("live");
    if (live) live.textContent = text;
  };

  // Copying falls back to selecting the text: plain http on a lab network has no clipboard interface.
  const copyFrom = async (source) => {
    const text = "value" in source ? source.value : source.textContent;
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      if ("select" in source) source.select();
      else window.getSelection()?.selectAllChildren(source);
      return document.execCommand("copy");
    }
  };

  const showCopied = (button, done) => {
    const label = button.querySelector("[data-label]");
    const before = label?.textContent;
    button.classList.toggle("is-done", done);
    if (label) label.textContent = done ? "Copied" : "Press Ctrl+C";
    say(done ? "Copied to the clipboard." : "The text is selected; press Control and C to copy it.");
    setTimeout(() => {
      button.classList.remove("is-done");
      if (label) label.textContent = before;
    }, 2500);
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", async () => showCopied(button, await copyFrom(source)));
  }

  const selectable = (form) => [...form.querySelectorAll('input[type="checkbox"][data-row]')];

  const countSelected = (form) => {
    const rows = selectable(form);
    const chosen = rows.filter((row) => row.checked).length;
    for (const all of form.querySelectorAll("[data-select-all]")) {
      all.checked = chosen > 0 && chosen === rows.length;
      all.indeterminate = chosen > 0 && chosen < rows.length;
    }
    for (const counter of form.querySelectorAll("[data-count]")) counter.textContent = chosen ? ` (${chosen})` : "";
    for (const button of form.querySelectorAll("[data-needs-rows]")) button.disabled = chosen === 0;
  };

  for (const form of document.querySelectorAll("form[data-rows]")) {
    for (const all of form.querySelectorAll("[data-select-all]")) {
      all.hidden = false;
      all.addEventListener("change", () => {
        for (const row of selectable(form)) row.checked = all.checked;
        countSelected(form);
      });
    }
    form.addEventListener("change", () => countSelected(form));
    window.addEventListener("pageshow", () => countSelected(form));
  }

  // A button that leads to a confirm page opens that question as a dialog at once; "yes" sends the same form with confirmed=1.
  const ask = (dialog, form, button) => {
    const chosen = selectable(form).filter((row) => row.checked).length;
    for (const counter of dialog.querySelectorAll("[data-count]")) counter.textContent = String(chosen);
    for (const many of dialog.querySelectorAll("[data-plural]")) many.hidden = chosen === 1;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return button.focus();
      const confirmed = document.createElement("input");
      Object.assign(confirmed, { type: "hidden", name: "confirmed", value: "1" });
      form.append(confirmed);
      form.requestSubmit(button);
    }, { once: true });
  };

  for (const button of document.querySelectorAll("button[data-ask]")) {
    const dialog = document.getElementById(button.dataset.ask);
    if (!dialog?.showModal) continue;
    button.addEventListener("click", (event) => {
      const form = button.form;
      if (form.elements.confirmed) return;
      event.preventDefault();
      ask(dialog, form, button);
    });
  }

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("focusin", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus(null);
    menu?.querySelector("summary").focus();
  });

  let isPressed = false;
  document.addEventListener("pointerdown", () => (isPressed = true), true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (isPressed = false), true);

  // A pattern here only helps: the server judges. What this browser cannot read as one says nothing.
  for (const input of document.querySelectorAll("input[data-pattern]")) {
    const hint = input.parentElement.querySelector("[data-pattern-hint]");
    const looksRight = () => {
      try {
        return new RegExp(`^(?:${input.dataset.pattern})$`).test(input.value.trim());
      } catch {
        return true;
      }
    };
    const judge = () => {
      hint.hidden = !input.value.trim() || looksRight();
      if (!hint.hidden) say(hint.textContent.trim());
    };
    // The field is left by pressing on what follows it: a hint that moved that away under the pointer would lose the click.
    input.addEventListener("change", () => (isPressed ? document.addEventListener("pointerup", () => setTimeout(judge), { once: true }) : judge()));
  }

  for (const select of document.querySelectorAll("select[data-submit]")) select.addEventListener("change", () => select.form.requestSubmit());

  // After a refused form, the summary of errors is the first thing to be read.
  document.querySelector("[data-error-summary]")?.focus();
})();
