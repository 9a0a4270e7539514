"""How often somebody may try to sign in: per address and in all, so that nobody tries without end or wears us out.

Nothing is guessed in this way, for secrets are long; the bounds keep the log readable and the provider at peace.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

ADDRESSES_MAX = 4096
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
IN_ALL = Rate(at_once=200, a_minute=200)


@dataclass(slots=True, kw_only=True)
class _Bucket:
    tokens: float
    at: float

    def fill(self, rate: Rate, now: float) -> None:
        self.tokens = min(rate.at_once, self.tokens + max(0.0, now - self.at) * rate.a_second)
        self.at = now


class SignInLimit:
    """Counts attempts. `clock` counts seconds, from anywhere."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all = _Bucket(tokens=IN_ALL.at_once, at=clock())
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, address: str) -> float:
        """Counts an attempt; how many seconds from now it would be let through, 0 where it is."""
        now = self._clock()
        bucket = self._bucket(neighbourhood(address), now)
        bucket.fill(PER_ADDRESS, now)
        self._all.fill(IN_ALL, now)
        wait = max((1 - bucket.tokens) / PER_ADDRESS.a_second, (1 - self._all.tokens) / IN_ALL.a_second)
        if wait > 0:
            return wait
        bucket.tokens -= 1
        self._all.tokens -= 1
        return 0.0

    def _bucket(self, key: str, now: float) -> _Bucket:
        bucket = self._addresses.setdefault(key, _Bucket(tokens=PER_ADDRESS.at_once, at=now))
        self._addresses.move_to_end(key)
        if len(self._addresses) > ADDRESSES_MAX:
            self._addresses.popitem(last=False)
        return bucket


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
