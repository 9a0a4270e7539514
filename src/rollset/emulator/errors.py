"""What the emulator raises towards the person who runs it.

    EmulatorError      a fleet file, a fault or a port that cannot be used; the message is one sentence
    └── FleetError     a fleet that cannot stand; the message begins with the place in its file

Refusals of a request are no errors of the emulator; they are answers, see `refusal.py`.
"""


class EmulatorError(Exception):
    """The emulator cannot do what it was asked to; the message is one sentence that names the place."""


class FleetError(EmulatorError):
    """The fleet says something that cannot be; the message begins with the place in its file."""
