// Orders on the page of a rollout: sent to the API, and the page stays where it is; its stream draws what comes of them.
// Without this script each is a form, or a page of its own that asks first.

import { ask } from "./api.js";
import { element, list, question } from "./question.js";
import { complain, once, say } from "./said.js";

const form = document.getElementById("orders");
const rollout = form.dataset.orders;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { label, verb, checkpoint, plan } = event.submitter.dataset;
  const order = { verb, checkpoint: checkpoint ? Number(checkpoint) : null, plan: plan ?? null };
  void once(event.submitter, async () => {
    const { problem } = await give(order);
    if (problem) complain(problem.detail); else say(`${label}: ordered.`);
  });
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-verb]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  void askFirst(link);
});

function give(order, of = rollout) {
  return ask(`${of}/orders`, order);
}

async function askFirst(link) {
  const { label, verb, asks, way, of } = link.dataset;
  // What an undo has left undone is ordered of the rollout that it undoes.
  const meant = `/api/rollouts/${encodeURIComponent(of)}`;
  const open = question(asks, link);
  const [{ told, problem }, back] = await Promise.all([ask(`${meant}/orders`), way ? ask(`${meant}/way-back`) : {}]);
  const offer = told?.offers.find((one) => one.verb === verb);
  if (!offer || back.problem) {
    open.tell();
    return open.fault((problem ?? back.problem)?.detail ?? `There is nothing to ${verb} any more.`);
  }
  open.tell(element("p", "price", offer.text), list("plain lines", back.told?.lines ?? []));
  open.offer(label, async () => {
    const { told: status, problem: refused } = await give({ verb, checkpoint: offer.checkpoint, plan: offer.plan }, meant);
    if (refused) return open.failed(refused.detail);
    open.close();
    // The way back of a rollout that has ended is a rollout of its own.
    const led = `/rollouts/${encodeURIComponent(status.id)}`;
    if (rollout.endsWith(led)) say(`${label}: ordered.`); else location.assign(led);
  }, { danger: true });
}
