// Signing out: the session is ended by the API, and the page of the door is shown. Without this script a form does it.

import { ask } from "./api.js";
import { complain, once } from "./said.js";

const NOBODY = 401;

document.getElementById("sign-out")?.addEventListener("submit", (event) => {
  event.preventDefault();
  void once(event.submitter, async () => {
    const { problem } = await ask(event.target.dataset.asks, {});
    if (problem && problem.status !== NOBODY) complain(problem.detail); else location.assign(event.target.dataset.leads);
  });
});
