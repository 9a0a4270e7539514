"""What a rollout changes in the model of a set beside its image, and why it may."""
