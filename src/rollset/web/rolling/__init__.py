"""Rolling a set from the browser: the form beside its file, the plan, and what it takes to begin."""
