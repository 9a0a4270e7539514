"""Chance that can be repeated: the same question has the same answer, whatever was asked before."""

import hashlib


def share(*key: object) -> float:
    """A number from 0 to below 1 for `key`; another key gives an independent one.

    >>> share("seed", 1) == share("seed", 1), share("seed", 1) == share("seed", 2)
    (True, False)
    """
    text = "/".join(str(part) for part in key)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()) / 2**56
