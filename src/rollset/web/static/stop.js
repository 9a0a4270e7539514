// Stopping an act from its page: sent to the API; the stream of the page draws what comes of it.

import { ask } from "./api.js";
import { complain, once, say } from "./said.js";

document.getElementById("stop")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void once(event.submitter, async () => {
    const { told, problem } = await ask(event.target.dataset.stop, {});
    if (problem) complain(problem.detail); else say(told.ending ? `It has ended: ${told.ending}.` : "It was told to stop.");
  });
});
