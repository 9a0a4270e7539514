// What came of what was asked for here: told in one place of the page, which screen readers read out.

const place = document.getElementById("said");

export function say(words, link) {
  show("good", words, link);
}

export function complain(words) {
  show("bad", words);
}

function show(mood, words, link) {
  place.className = `said ${mood}`;
  place.replaceChildren(Object.assign(document.createElement("span"), { textContent: words }));
  if (link) place.append(" ", Object.assign(document.createElement("a"), link));
}

// Does some work once, though the button is pressed twice, or drawn anew meanwhile. The button stays focused, which a
// disabled one would not.
const underWay = new Set();

export async function once({ id }, work) {
  if (underWay.has(id)) return;
  underWay.add(id);
  mark();
  try { await work(); } finally {
    underWay.delete(id);
    const button = document.getElementById(id);
    if (button) button.ariaDisabled = null;
  }
}

function mark() {
  for (const id of underWay) {
    const button = document.getElementById(id);
    if (button) button.ariaDisabled = "true";
  }
}

document.addEventListener("rollset:replaced", mark);
