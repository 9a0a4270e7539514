"""Many scale sets at once: which there are, how each stands, and what has changed since somebody looked."""
