"""The load balancer before every set: sends each request to an instance that its probe last saw healthy.

An instance that went down since its probe last looked fails the request, as it would in life. A set whose model names
no load balancer has one here all the same, so that lost requests can be counted for any set.
"""

from typing import NamedTuple

from rollset.emulator.instance import Instance
from rollset.emulator.scaleset import ScaleSet


class Outcome(NamedTuple):
    """What became of one request."""

    status: int
    instance: Instance | None


def serve(scale_set: ScaleSet) -> Outcome:
    """Takes the next instance in turn: 200 from it, 502 where it is in fact down, 503 where there is none."""
    balancer = scale_set.balancer
    rotation = balancer.rotation
    if rotation is None:
        rotation = balancer.rotation = [one for one in scale_set.instances.values() if one.probe.healthy]
    if not rotation:
        balancer.failed += 1
        return Outcome(503, None)
    instance = rotation[balancer.turn % len(rotation)]
    balancer.turn += 1
    if instance.answers:
        balancer.served += 1
        instance.served += 1
        return Outcome(200, instance)
    balancer.failed += 1
    instance.failed += 1
    return Outcome(502, instance)
