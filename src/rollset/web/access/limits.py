"""How often somebody may do what costs something: each by himself and all together, so that nobody wears us out.

Signing in is counted by address: nothing is guessed by trying, for secrets are long; the bounds keep the log readable
and the provider at peace. What asks Azure is counted for those who may only look: Azure's limits are shared with
rollouts, and whoever may only look must not slow these down.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

KEYS_MAX = 4096
"""So many are remembered; of more, those are forgotten that have not tried for longest."""

IPV6_PREFIX = 64
"""Whoever has one address of IPv6 has all that begin like it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many at once, and so many a minute."""

    at_once: float
    a_minute: float

    @property
    def a_second(self) -> float:
        return self.a_minute / 60


PER_ADDRESS = Rate(at_once=10, a_minute=10)
ALL_ADDRESSES = Rate(at_once=200, a_minute=200)

PER_VIEWER = Rate(at_once=60, a_minute=60)
ALL_VIEWERS = Rate(at_once=180, a_minute=180)
"""In questions to Azure, about: three plans a minute for one, nine for all."""


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    at: float

    def fill(self, rate: Rate, now: float) -> None:
        self.tokens = min(rate.at_once, self.tokens + max(0.0, now - self.at) * rate.a_second)
        self.at = now


class Limit:
    """Counts, each under his key and all together. `clock` counts seconds, from anywhere."""

    def __init__(self, clock: Callable[[], float], each: Rate, together: Rate) -> None:
        self._clock = clock
        self._each, self._together = each, together
        self._all = _Bucket(tokens=together.at_once, at=clock())
        self._keys: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, cost: float = 1.0) -> float:
        """Counts something; how many seconds from now it would be let through, 0 where it is."""
        now = self._clock()
        bucket = self._bucket(key, now)
        bucket.fill(self._each, now)
        self._all.fill(self._together, now)
        wait = max((cost - bucket.tokens) / self._each.a_second, (cost - self._all.tokens) / self._together.a_second)
        if wait > 0:
            return wait
        bucket.tokens -= cost
        self._all.tokens -= cost
        return 0.0

    def _bucket(self, key: str, now: float) -> _Bucket:
        bucket = self._keys.setdefault(key, _Bucket(tokens=self._each.at_once, at=now))
        self._keys.move_to_end(key)
        if len(self._keys) > KEYS_MAX:
            self._keys.popitem(last=False)
        return bucket


class SignInLimit:
    """Counts attempts to sign in, by address."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._limit = Limit(clock, PER_ADDRESS, ALL_ADDRESSES)

    def take(self, address: str) -> float:
        """Counts an attempt; how many seconds from now it would be let through, 0 where it is."""
        return self._limit.take(neighbourhood(address))


class LookLimit:
    """Counts what those ask of Azure who may only look, by who they are."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._limit = Limit(clock, PER_VIEWER, ALL_VIEWERS)

    def take(self, subject: str, questions: int) -> float:
        """Counts questions; how many seconds from now they would be let through, 0 where they are."""
        return self._limit.take(subject, questions)


def neighbourhood(address: str) -> str:
    """What counts as one: an address of IPv4, or the network that one of IPv6 is in.

    >>> neighbourhood("2001:db8::7"), neighbourhood("192.0.2.1"), neighbourhood("::ffff:192.0.2.1")
    ('2001:db8::/64', '192.0.2.1', '192.0.2.1')
    """
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, IPV6_PREFIX), strict=False))
