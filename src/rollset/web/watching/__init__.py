"""One rollout in the browser: what it does and why it waits, its bars, its line, its history, and its orders."""
