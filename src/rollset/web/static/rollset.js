// Scripts only enhance: each page works without them. This one starts the others on the pages that ask for them.
import { follow } from "./live.js";
import "./grid.js";
import "./signout.js";

document.documentElement.classList.add("scripted");
for (const element of document.querySelectorAll("[data-live]")) follow(element.dataset.live);
for (const form of document.querySelectorAll("[data-roll]")) import("./roll.js").then((roll) => roll.keepInLine(form));
