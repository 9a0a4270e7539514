"""`python -m bench`: every figure that the project keeps an eye on. Ratios and counts; what is noisy says so itself."""

from bench import dashboard, durable, inventory, look, pace, planning, size, startup

for part in (startup, planning, look, pace, size, durable, inventory, dashboard):
    part.run()
