"""What lies ahead of a rollout: how long it takes, how many requests it costs, when to look again."""
