// The heatmap by mouse and keyboard: arrows move, Space chooses, Shift extends, a heading chooses its row or column.
// Without this script every cell and heading is a plain checkbox of the same form.

const map = document.getElementById("heatmap");
const form = document.getElementById("selection");
const count = document.getElementById("chosen");
const HINT = count?.textContent;
let last = null;

if (map && form) {
  prepare();
  document.addEventListener("rollset:replaced", (event) => { if (event.detail === "heatmap") prepare(); });
  map.addEventListener("change", changed);
  map.addEventListener("click", rangeTo);
  map.addEventListener("keydown", pressed);
  document.getElementById("clear")?.addEventListener("click", () => choose(boxes(), false));
  addEventListener("pageshow", tell);
}

function boxes(within = map) {
  return [...within.querySelectorAll(".cell input")];
}

function picks() {
  return [...map.querySelectorAll(".pick input")];
}

// With a script a heading stands for its cells, and only cells are sent. One cell alone is a stop of the Tab key.
function prepare() {
  for (const pick of picks()) {
    pick.dataset.picks = pick.name || pick.dataset.picks;
    pick.removeAttribute("name");
    pick.tabIndex = 0;
  }
  const all = boxes();
  const stop = all.find((box) => box === document.activeElement) ?? all[0];
  for (const box of all) box.tabIndex = box === stop ? 0 : -1;
  last = (last && all.find((box) => box.value === last.value)) ?? null;
  tell();
}

function under(pick) {
  const grid = pick.closest(".map");
  if (pick.dataset.picks === "row") return boxes(pick.closest("tr"));
  if (pick.dataset.picks === "column") {
    const column = pick.closest("th").dataset.column;
    return [...grid.querySelectorAll(`td[data-column="${column}"] input`)];
  }
  return boxes(grid);
}

function choose(some, on) {
  for (const box of some) box.checked = on;
  tell();
}

function changed(event) {
  const box = event.target;
  if (box.closest(".pick")) choose(under(box), box.checked);
  else { last = box; tell(); }
}

function rangeTo(event) {
  const box = event.target;
  if (!event.shiftKey || !last || last === box || !box.matches?.(".cell input")) return;
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
  choose(all.slice(from, to + 1), box.checked);
}

function tell() {
  for (const pick of picks()) {
    const some = under(pick);
    const chosen = some.filter((box) => box.checked).length;
    pick.checked = some.length > 0 && chosen === some.length;
    pick.indeterminate = chosen > 0 && chosen < some.length;
  }
  const chosen = boxes().filter((box) => box.checked).length;
  form.classList.toggle("chosen", chosen > 0);
  const words = chosen ? `${chosen} of ${boxes().length} chosen` : HINT;
  if (count.textContent !== words) count.textContent = words;
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function pressed(event) {
  const box = event.target;
  if (!box.matches(".cell input")) return;
  if (event.key === "Escape") return choose(boxes(), false);
  if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return choose(boxes(), true);
  }
  const next = event.key in STEPS ? nearest(box, ...STEPS[event.key]) : event.key === "Home" ? boxes()[0]
    : event.key === "End" ? boxes().at(-1) : null;
  if (!next) return;
  event.preventDefault();
  if (event.shiftKey) choose([box, next], true);
  box.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

// The cell that lies nearest in a direction, as people see it: grids stand beside and below each other.
function nearest(from, right, down) {
  const centre = (box) => { const area = box.getBoundingClientRect(); return [area.x + area.width / 2, area.y + area.height / 2]; };
  const [x, y] = centre(from);
  let best = null, least = Infinity;
  for (const box of boxes()) {
    if (box === from) continue;
    const [ahead, aside] = right ? [(centre(box)[0] - x) * right, Math.abs(centre(box)[1] - y)] : [(centre(box)[1] - y) * down, Math.abs(centre(box)[0] - x)];
    if (ahead < 2) continue;
    const far = ahead + aside * 4;
    if (far < least) [best, least] = [box, far];
  }
  return best;
}
