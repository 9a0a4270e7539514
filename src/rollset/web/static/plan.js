// Beginning exactly the plan that is shown: the API is asked for it. Where it is another one by now, nothing is begun, and
// the page shows the plan as it is now. Without this script a form does the same.

import { ask } from "./api.js";
import { complain, once } from "./said.js";

const MOVED = 409;

document.addEventListener("submit", (event) => {
  const { begins, plan } = event.target.dataset;
  if (!begins) return;
  event.preventDefault();
  const accepted = new FormData(event.target).getAll("accept").map((name) => ["accept", name]);
  const asked = new URLSearchParams([["plan", event.target.elements.hash.value], ...accepted]);
  void once(event.submitter, async () => {
    const { told, problem } = await ask(`${begins}?${asked}`, event.target.elements.file.value);
    if (told) return location.assign(`/rollouts/${encodeURIComponent(told.id)}`);
    const shown = problem.status === MOVED && await show(plan);
    complain(`Not begun: ${problem.detail.replace(/\.$/, "")}.${shown ? " Below stands the plan as it is now." : ""}`);
  });
});

// The plan as it is now takes the place of the one that was shown.
async function show(address) {
  const answer = await fetch(address).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("plan");
  if (fresh) document.getElementById("plan").replaceWith(document.adoptNode(fresh));
  return Boolean(fresh);
}
