"""How long planning takes for 1,000 instances in 10 placement groups, once Azure has been asked."""

from __future__ import annotations

import statistics
import time

from tests.support.emulated import emulated, fleet
from tests.support.virtual import run_virtual

from rollset.core.change import VersionChange, requested
from rollset.core.fleet import Fleet
from rollset.core.pace import Job
from rollset.core.plan import make_plan

INSTANCES = 1000
ROUNDS = 15
MILLISECONDS_AIM = 50


async def look() -> Fleet:
    """A thousand instances as the emulator shows them."""
    async with emulated(fleet("web", capacity=INSTANCES, single_placement_group=False)) as azure:
        scale_set = await azure.client.scale_set(azure.id("web"))
        return Fleet(scale_set=scale_set, instances=await azure.client.instances(scale_set))


def run() -> None:
    """Prints the median."""
    seen = run_virtual(look())
    job = Job(image=requested(VersionChange(version="4.0.20160229"), seen.scale_set))
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        plan = make_plan(seen, job)
        took.append(time.perf_counter() - began)
        assert len(plan.upgrades) == INSTANCES
    milliseconds = statistics.median(took) * 1000
    print(f"planning 1,000 instances     {milliseconds:.0f} ms (aim: under {MILLISECONDS_AIM})", flush=True)


if __name__ == "__main__":
    run()
