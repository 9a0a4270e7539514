"""What an operator does to a set outside of any rollout: what it is, what it costs, and why it is refused."""
