"""What a rollout asks outside of Azure: gates and hooks, what they call, and what their answers mean."""
