// Keeps the form and the file beside it in line while either is changed, and asks for the plan: the API translates and
// keeps the file, this only carries.

import { ask } from "./api.js";
import { complain, once } from "./said.js";

const PAUSE_MS = 250;
// What stands in the form and is none of its values.
const BESIDE = new Set(["csrf", "file", "was"]);

export function keepInLine(form) {
  const file = form.elements.namedItem("file");
  const was = form.elements.namedItem("was");
  let asked = 0, timer = 0;

  form.querySelector("#align")?.remove();
  // Who was quicker than this script, or came back to the page, has changed something already.
  void bring();
  form.addEventListener("input", () => {
    // What was asked before is out of date now: its answer must not undo what is being changed.
    asked += 1;
    clearTimeout(timer);
    timer = setTimeout(bring, PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void once(form.querySelector("#see-plan"), seePlan);
  });

  // The file is kept, and its plan has an address.
  async function seePlan() {
    const both = await bring();
    if (!both) return;
    if (!both.usable) {
      file.focus();
      return complain(both.told.length > 1 ? `${both.told[0]}; and ${both.told.length - 1} more, below the file.` : `${both.told[0]}.`);
    }
    const { told, problem } = await ask(form.dataset.drafts, both.file);
    if (problem) complain(problem.detail); else location.assign(told.page);
  }

  async function bring() {
    const mine = ++asked;
    const sent = new FormData(form);
    const values = Object.fromEntries([...new Set(sent.keys())].filter((name) => !BESIDE.has(name)).map((name) => [name, sent.getAll(name)]));
    const { told: both, problem } = await ask(form.dataset.roll, { file: file.value, was: was.value, values });
    if (mine !== asked) return;
    if (problem) return tell({}, [`${problem.detail} Change anything to try again.`]);
    if (file.value !== both.file) file.value = both.file;
    was.value = both.was;
    for (const field of form.querySelectorAll("[data-field]")) show(field, both.values[field.dataset.field]);
    tell(both.faults, both.told);
    return both;
  }

  function show(field, value) {
    const boxes = field.querySelectorAll("input[type=checkbox]");
    const chosen = new Set((value ?? "").split(",").map((one) => one.trim()));
    for (const box of boxes) box.checked = boxes.length > 1 || field.querySelector(".checks") ? chosen.has(box.value) : value === "true";
    const control = field.querySelector("input:not([type=checkbox], [type=hidden]), select, textarea");
    if (!control) return;
    control.disabled = value === null;
    if (control === document.activeElement || value === null || control.value === value) return;
    if (control.tagName === "SELECT" && ![...control.options].some((one) => one.value === value)) control.add(new Option(value, value));
    control.value = value;
  }

  function tell(faults, told) {
    for (const field of form.querySelectorAll("[data-field]")) {
      const why = faults[field.dataset.field] ?? [];
      field.querySelector(".fault").textContent = why.join("; ");
      field.querySelector("input:not([type=checkbox], [type=hidden]), select, textarea")?.setAttribute("aria-invalid", String(why.length > 0));
    }
    form.querySelector("#faults").replaceChildren(...told.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
  }
}
