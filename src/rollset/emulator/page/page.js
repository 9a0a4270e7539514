// Shows what the emulator says of itself. Everything is set as text: names come from whoever asks the emulator.
"use strict";

const REFRESH_MS = 2000;
const ROWS_MAX = 200;
// A set with more instances than these has a row of its own, and smaller cells.
const LARGE_SET = 200;
const GLYPHS = { current: "·", behind: "o", busy: "~", out: "!", off: "–" };
const WORDS = { current: "on the model", behind: "behind", busy: "being changed", out: "failed or unhealthy", off: "off" };
const LETTERS = { c: "current", b: "behind", u: "busy", x: "out", s: "off" };
const EXAMPLES = {
  "upgrade-fails": { set: "GROUP/NAME", instances: ["0"], code: "OSProvisioningTimedOut" },
  "boots-unhealthy": { set: "GROUP/NAME", image: "VERSION" },
  "hangs": { set: "GROUP/NAME", instances: ["0"] },
  "unhealthy-now": { set: "GROUP/NAME", instances: ["0"] },
  "recover": { set: "GROUP/NAME", instances: ["0"] },
  "flaps": { set: "GROUP/NAME", instances: ["0"], down: 30, up: 60 },
  "bad-image": { image: "VERSION", share: 0.3 },
  "extension-fails": { set: "GROUP/NAME", extension: "NAME", image: "VERSION" },
  "zone-down": { zone: "1", lasts: 600 },
  "allocation-fails": { set: "GROUP/NAME" },
  "quota-exceeded": { region: "westus" },
  "stale-lists": { seconds: 20 },
  "operations-hang": { operation: "manualupgrade" },
  "http": { method: "GET", status: 503, times: 3 },
  "storm": { share: 0.5, statuses: [429, 503], lasts: 120 },
  "slow": { seconds: 10, lasts: 120 },
  "dropped": { times: 1 },
  "lost-reply": { times: 1 },
  "forbid": { method: "PATCH" },
  "expire-operations": {},
  "expire-tokens": {},
  "short-tokens": { seconds: 60 },
};

const find = (id) => document.getElementById(id);

function make(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
}

function heatmap(set) {
  const map = make("div", undefined, "map");
  const counts = {};
  for (const [index, letter] of [...set.cells].entries()) {
    const kind = LETTERS[letter];
    counts[kind] = (counts[kind] || 0) + 1;
    const cell = make("span", GLYPHS[kind], `cell ${kind}`);
    cell.title = `${set.ids ? set.ids[index] : index}: ${WORDS[kind]}`;
    map.append(cell);
  }
  map.setAttribute("role", "img");
  map.setAttribute("aria-label", Object.entries(counts).map(([kind, count]) => `${count} ${WORDS[kind]}`).join(", "));
  return map;
}

function setCard(set) {
  const card = make("article", undefined, set.cells.length > LARGE_SET ? "set large" : "set");
  card.append(make("h3", `${set.group}/${set.name}`));
  const traffic = set.served + set.failed ? `; ${set.served} requests served, ${set.failed} failed` : "";
  card.append(make("p", `${set.location}, ${set.mode}, ${set.state}; ${set.image}`, "faint"));
  card.append(heatmap(set));
  card.append(make("p", `${set.capacity} instances, ${set.out_now} out now, at most ${set.most_out_at_once} at once${traffic}`));
  return card;
}

function faultLine(fault) {
  const line = make("li");
  const { id, kind, ...members } = fault;
  line.append(make("span", `${id} ${kind} ${JSON.stringify(members)}`));
  const button = make("button", "Clear");
  button.type = "button";
  button.addEventListener("click", () => change("DELETE", `/emulator/faults/${id}`));
  line.append(button);
  return line;
}

function limitLine(limit) {
  const line = make("li");
  line.append(make("span", `${limit.policy}${limit.owner ? ` (${limit.owner.split("/").slice(-3).join("/")})` : ""}`));
  const meter = make("meter");
  [meter.min, meter.max, meter.value, meter.low] = [0, limit.size, limit.left, limit.size / 5];
  const figures = make("span", `${limit.left} of ${limit.size} `);
  figures.append(meter);
  line.append(figures);
  return line;
}

// The elements of a list, or a sentence where there is none.
function fill(list, elements, tag, otherwise) {
  list.replaceChildren(...(elements.length ? elements : [make(tag, otherwise, "faint")]));
}

function show(state) {
  find("now").textContent = `${state.now.slice(0, 19).replace("T", " ")} UTC${state.time_scale === 1 ? "" : `, ${state.time_scale} times as fast`}`;
  const hidden = state.sets_total - state.sets.length;
  find("sets-count").textContent = `${state.sets_total}${hidden ? `, of which ${hidden} are not shown` : ""}`;
  const none = state.sets_total ? "None has that in its name." : "None yet. PUT one, or: rollset emulator import FILE";
  fill(find("set-list"), state.sets.map(setCard), "p", none);
  find("faults-count").textContent = String(state.faults.length);
  fill(find("fault-list"), state.faults.map(faultLine), "li", "None in force.");
  find("fault-clear").disabled = !state.faults.length;
  find("limits-mode").textContent = state.limits.enforced ? "enforced" : "only counted";
  fill(find("limit-list"), state.limits.value.map(limitLine), "li", "None was drawn on yet.");
  find("requests-count").textContent = String(state.requests_total);
}

async function refresh() {
  try {
    const answer = await fetch(`/emulator/page/state?filter=${encodeURIComponent(find("filter").value)}`);
    if (!answer.ok) throw new Error(`refused (${answer.status})`);
    show(await answer.json());
    find("line").textContent = "";
  } catch (error) {
    find("line").textContent = `not connected: ${error.message}`;
  }
}

async function change(method, path, body) {
  const answer = await fetch(path, { method, body, headers: body ? { "Content-Type": "application/json" } : {} });
  const text = await answer.text();
  find("fault-said").textContent = answer.ok ? "" : (JSON.parse(text).error || {}).message || text;
  await refresh();
}

function requestRow(asked) {
  const row = make("tr");
  row.append(make("td", asked.time.slice(11, 19)));
  row.append(make("td", asked.status || "lost", asked.status >= 400 || !asked.status ? "bad" : ""));
  row.append(make("td", asked.method), make("td", asked.path, "path"), make("td", asked.ms.toFixed(1)));
  return row;
}

async function recall() {
  const answer = await fetch("/emulator/requests");
  const log = answer.ok ? await answer.json() : { recent: [] };
  find("request-list").append(...log.recent.slice(-ROWS_MAX).reverse().map(requestRow));
}

function follow() {
  const events = new EventSource("/emulator/events");
  events.addEventListener("message", (event) => {
    const list = find("request-list");
    list.prepend(requestRow(JSON.parse(event.data)));
    while (list.childElementCount > ROWS_MAX) list.lastElementChild.remove();
  });
}

for (const kind of Object.keys(EXAMPLES)) find("fault-kind").append(make("option", kind));
const propose = () => {
  const kind = find("fault-kind").value;
  find("fault-json").value = JSON.stringify({ kind, ...EXAMPLES[kind] });
};
find("fault-kind").addEventListener("change", propose);
find("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  change("POST", "/emulator/faults", find("fault-json").value);
});
find("fault-clear").addEventListener("click", () => change("DELETE", "/emulator/faults"));
find("filter").addEventListener("input", refresh);
propose();
refresh();
setInterval(refresh, REFRESH_MS);
recall();
follow();
