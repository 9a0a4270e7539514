"""Runs a rollout: observe, decide, apply, wait."""
