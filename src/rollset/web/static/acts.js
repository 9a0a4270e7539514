// Acts on the page of a set, and edits of its model: the API is asked for the price, which is told in a dialog, and what
// was chosen or filled in stays so. Without this script the price is a page of its own.

import { ask } from "./api.js";
import { element, list, question } from "./question.js";
import { complain, say } from "./said.js";

for (const form of document.querySelectorAll("[data-acts]")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.act) return;
    event.preventDefault();
    const wish = wished(form, button.dataset.act);
    if (wish) void price(form, wish, button); else complain("Nothing would change: the set says all of this already.");
  });
}

function wished(form, act) {
  if (act === "edit") return edit(form);
  if (act === "scale") return { act, to: form.elements.capacity.valueAsNumber };
  if (form.elements.whole) return { act, all: true };
  return { act, selection: { instances: [...document.querySelectorAll(".cell input:checked")].map((box) => box.value) } };
}

// What was changed in the form, and what it stands on.
function edit(form) {
  const changed = (name) => {
    const field = form.elements.namedItem(name);
    const shown = field?.options ? [...field.options].find((one) => one.defaultSelected)?.value : field?.defaultValue;
    return field && field.value.trim() && field.value !== shown ? field.value.trim() : undefined;
  };
  const image = { version: changed("version"), sku: changed("sku"), id: changed("image_id"), uri: changed("image_uri") };
  const wish = {
    image: Object.values(image).some(Boolean) ? image : undefined,
    vm_size: changed("vm_size"),
    to: changed("capacity") && Number(changed("capacity")),
  };
  return Object.values(wish).some((one) => one !== undefined) && {
    act: "edit",
    ...wish,
    read: JSON.parse(form.elements.read.value).map(([path, value]) => ({ path, value })),
  };
}

async function price(form, wish, button) {
  const label = button.dataset.label ?? button.textContent.trim();
  const open = question(`${label}?`, button);
  const { told, problem } = await ask(`${form.dataset.acts}/price`, wish);
  if (told) return propose(open, form, label, told);
  if (problem.conflicts) return open.tell(element("p", "trouble", problem.detail), clashes(problem.conflicts));
  open.tell();
  open.fault(problem.detail);
}

function propose(open, form, label, { key, price: told, lines }) {
  open.tell(...explained(told, lines));
  if (told.refusals.length) return open.offer("", null);
  open.offer(label, async (name) => {
    const { told: act, problem } = await ask(form.dataset.acts, { key, token: told.token, name });
    const led = act && `/acts/${encodeURIComponent(act.id)}`;
    if (act && form.dataset.leads) return location.assign(led);
    if (act) {
      open.close();
      return say(`Begun: ${act.act}.`, { href: led, textContent: "See how it goes" });
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
  return table("What is written", ["Member", "Before", "After"], all.map((one) => [one.path, one.before, one.after]));
}

function clashes(all) {
  const rows = all.map((one) => [one.path, one.read, one.now, one.wanted ?? "as it was"]);
  const anew = Object.assign(element("a", "button", "Start anew from what is there now"), { href: location.href });
  return element("div", "", table("Somebody else was faster", ["Member", "When you read it", "Now", "What you want"], rows), element("p", "acts", anew));
}

// A path breaks at its dots, rather than anywhere.
function breakable(path) {
  return element("span", "", ...path.split(/(?<=\.)/).flatMap((part) => [part, element("wbr")]));
}

function table(name, heads, rows) {
  const cell = (kind, scope, words) => Object.assign(element(kind, "", words ?? ""), scope ? { scope } : {});
  const scroll = element("div", "scroll", element("table", "list",
    element("thead", "", element("tr", "", ...heads.map((words) => cell("th", "col", words)))),
    element("tbody", "", ...rows.map(([path, ...rest]) => element("tr", "", cell("th", "row", breakable(path)), ...rest.map((words) => cell("td", "", words)))))));
  return Object.assign(scroll, { tabIndex: 0, role: "region", ariaLabel: name });
}
