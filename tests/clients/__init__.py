"""Other people's clients, unmodified, against a running emulator; what they brought about is read back without them."""
