"""Pre-flight: what can be known before a rollout touches anything, as findings with their remedies."""
