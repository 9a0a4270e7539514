"""What Azure was recorded to answer, against what the emulator answers to the same request in the same state."""
