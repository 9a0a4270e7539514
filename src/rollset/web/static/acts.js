// Acts on the page of a set: the API is asked for the price, which is told in a dialog, and what was chosen stays so.
// Without this script the price is a page of its own.

import { ask } from "./api.js";
import { element, list, question } from "./question.js";
import { say } from "./said.js";

for (const form of document.querySelectorAll("[data-acts]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.act) return;
    event.preventDefault();
    void price(form, wished(form, button.dataset.act), button);
  });
}

function wished(form, act) {
  if (act === "scale") return { act, to: form.elements.capacity.valueAsNumber };
  if (form.elements.whole) return { act, all: true };
  return { act, selection: { instances: [...document.querySelectorAll(".cell input:checked")].map((box) => box.value) } };
}

async function price(form, wish, button) {
  const label = button.textContent.trim();
  const open = question(`${label}?`, button);
  const { told, problem } = await ask(`${form.dataset.acts}/price`, wish);
  if (told) return propose(open, form, label, told);
  open.tell();
  open.fault(problem.detail);
}

function propose(open, form, label, { key, price: told, lines }) {
  open.tell(...explained(told, lines));
  if (told.refusals.length) return open.offer("", null);
  open.offer(label, async (name) => {
    const { told: act, problem } = await ask(form.dataset.acts, { key, token: told.token, name });
    if (act) {
      open.close();
      return say(`Begun: ${act.act}.`, { href: `/acts/${encodeURIComponent(act.id)}`, textContent: "See how it goes" });
    }
    // A price is said yes to once: whatever failed, another is needed.
    if (problem.proposal) propose(open, form, label, problem.proposal); else open.offer("", null);
    open.failed(problem.detail);
  }, { name: told.dangerous ? form.dataset.name : "", danger: told.dangerous });
}

function explained(told, lines) {
  const nodes = [element("p", "price", told.text)];
  if (told.loses) nodes.push(element("p", "notice", `Lost for good: ${told.loses}`));
  if (told.changes.length) nodes.push(changes(told.changes));
  nodes.push(list("plain lines", lines));
  for (const why of told.refusals) nodes.push(element("p", "trouble", `It may not be done now: ${why}`));
  return nodes;
}

function changes(all) {
  const row = (kind, ...cells) => element("tr", "", ...cells.map((words, place) => {
    const cell = element(kind === "th" || !place ? "th" : "td", "", words ?? "");
    if (cell.tagName === "TH") cell.scope = kind === "th" ? "col" : "row";
    return cell;
  }));
  const table = element("table", "list",
    element("thead", "", row("th", "Member", "Before", "After")),
    element("tbody", "", ...all.map((one) => row("td", one.path, one.before, one.after))));
  const scroll = element("div", "scroll", table);
  Object.assign(scroll, { tabIndex: 0, role: "region", ariaLabel: "What is written" });
  return scroll;
}
