// Asks the HTTP API of this dashboard, as programs do. That a page of ours asks, the token of the session says.

const TOKEN = document.querySelector("meta[name=csrf]")?.content ?? "";
const AWAY = "The dashboard does not answer. Once it does, see whether it was done before you try again.";

// What is answered: `told` is the document, or `problem` what failed, whose `detail` is a sentence. A text that is sent is
// a rollout file.
export async function ask(address, body) {
  const sent = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": typeof body === "string" ? "application/yaml" : "application/json", "X-CSRF-Token": TOKEN },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
  const answer = await fetch(address, sent).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (answer?.ok && told) return { told };
  return { problem: told?.detail ? told : { detail: AWAY } };
}
