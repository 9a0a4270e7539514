"""Everything that a rollout calls beside Azure's own upgrade: what gates ask, and what hooks run."""
