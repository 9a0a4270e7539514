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

// Does some work once, though the button is pressed twice. It stays focused, which a disabled one would not.
export async function once(button, work) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try { await work(); } finally { button.ariaDisabled = null; }
}
