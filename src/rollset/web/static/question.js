// The question before what is not easily taken back: what would come of it, then yes or no. There is one at a time.

import { complain, once } from "./said.js";

const dialog = document.getElementById("question");
const at = (name) => dialog.querySelector(`.${name}`);
let now = null;

if (dialog) {
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const mine = now;
    if (mine?.yes) void once(at("yes"), () => mine.yes(at("name").value.trim()));
  });
  at("no").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    // Browsers lead back to what was pressed; if that was drawn anew meanwhile, it has another element now.
    if (!now.opener.isConnected) document.getElementById(now.opener.id)?.focus();
    now = null;
  });
}

// Opens it. Whoever has closed it is told nothing any more, but what came of a yes.
export function question(title, opener) {
  const mine = now = { opener, yes: null };
  const live = (act) => (...told) => { if (now === mine) act(...told); };
  at("title").textContent = title;
  offer("", null);
  fault("");
  tell(element("p", "quiet", "One moment…"));
  dialog.showModal();
  return {
    tell: live(tell),
    fault: live(fault),
    failed: (words) => (now === mine ? fault(words) : complain(words)),
    close: live(() => dialog.close()),
    offer: live((label, yes, more) => { mine.yes = yes; offer(label, yes, more); }),
  };
}

function tell(...nodes) {
  at("told").replaceChildren(...nodes);
}

function fault(words) {
  at("fault").textContent = words;
}

// `name` has to be typed before yes; none where nothing has to.
function offer(label, yes, { name = "", danger = false } = {}) {
  at("yes").hidden = !yes;
  at("yes").textContent = label;
  at("yes").className = `yes ${danger ? "danger" : "main"}`;
  at("typed").hidden = !name;
  at("typed").querySelector("b").textContent = name;
  at("name").required = Boolean(name);
  at("name").value = "";
  if (name) at("name").focus();
}

export function element(kind, style, ...within) {
  const made = document.createElement(kind);
  if (style) made.className = style;
  made.append(...within);
  return made;
}

export function list(style, lines) {
  return element("ul", style, ...lines.map((line) => element("li", "", line)));
}
