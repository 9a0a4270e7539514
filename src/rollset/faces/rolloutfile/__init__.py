"""The file that describes a rollout (`rollset upgrade -f rollout.yaml`): read, checked, written, and its schema."""
