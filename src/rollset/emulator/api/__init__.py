"""The surface of the emulator: handlers, the table of their routes, and what goes around every call."""
