// Keeps an open page up to date by server-sent events (see web/live.py for what comes).

const line = document.getElementById("line");

export function follow(address) {
  const source = new EventSource(address);
  source.addEventListener("open", () => say(""));
  source.addEventListener("error", () => say(source.readyState === EventSource.CLOSED
    ? "This page is live no more, perhaps since your session has ended; load it again."
    : "The server does not answer; trying again."));
  source.addEventListener("part", (event) => replacePart(JSON.parse(event.data)));
  source.addEventListener("cells", (event) => repaint(JSON.parse(event.data)));
  source.addEventListener("gone", () => source.close());
  // A page that is left must not hold a connection: browsers allow six to a host.
  addEventListener("pagehide", () => source.close(), { once: true });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

function say(words) {
  if (line.textContent !== words) line.textContent = words;
}

const FOCUSABLE = "a, button, input, summary, [tabindex]";
const TYPED = "input:not([type=checkbox], [type=hidden])";
const SCROLLED = ".scroll, .plot-scroll, .map";

// Whoever reads, chooses or walks through the part by keyboard goes on in the new one.
function replacePart({ id, html }) {
  const part = document.getElementById(id);
  if (!part) return;
  const chosen = new Set([...part.querySelectorAll("input:checked")].map(keyOf));
  const focused = part.contains(document.activeElement) ? keyOf(document.activeElement) : null;
  const typed = new Map([...part.querySelectorAll(TYPED)].filter((one) => one.value !== one.defaultValue).map((one) => [one.name, one.value]));
  const scrolled = [...part.querySelectorAll(SCROLLED)].map((one) => [one.scrollTop, one.scrollLeft]);
  part.innerHTML = html;
  for (const box of part.querySelectorAll("input[type=checkbox]")) box.checked = chosen.has(keyOf(box));
  for (const one of part.querySelectorAll(TYPED)) one.value = typed.get(one.name) ?? one.value;
  if (focused) {
    const all = [...part.querySelectorAll(FOCUSABLE)];
    (all.find((one) => keyOf(one) === focused) ?? all[0])?.focus({ preventScroll: true });
  }
  [...part.querySelectorAll(SCROLLED)].forEach((one, place) => {
    if (scrolled[place]) [one.scrollTop, one.scrollLeft] = scrolled[place];
  });
  document.dispatchEvent(new CustomEvent("rollset:replaced", { detail: id }));
}

// What tells an element from the others of its part, before and after.
function keyOf(one) {
  return [one.tagName, one.id, one.name || one.dataset.picks, one.value, one.getAttribute("href")].join(" ");
}

function repaint(cells) {
  const began = performance.now();
  for (const [id, [style, sign, text, about]] of Object.entries(cells)) {
    const cell = document.getElementById(`cell-${id}`);
    if (!cell) continue;
    cell.className = style;
    cell.title = about ? `${text}; ${about}` : text;
    (cell.querySelector("input") ?? cell).setAttribute("aria-label", text);
    cell.querySelector(".sign").textContent = sign;
  }
  performance.measure("rollset:cells", { start: began, end: performance.now() });
}
