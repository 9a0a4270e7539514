"""Every recorded exchange is turned into state, its request is sent again, and the answers are compared.

What deviates stands in `known.py`, by name and with its reason. That list only shrinks: a deviation that is not in it fails
here, and so does one in it that no longer shows.
"""

import pytest

from tests.conformance.comparing import Vocabulary, deviations, vocabulary
from tests.conformance.known import KNOWN, NOT_REPLAYED
from tests.conformance.staging import Stage
from tests.support.recordings import exchanges, needs_recordings

pytestmark = needs_recordings

# Written by people or generators and never sent, or quoted: no recordings.
UNRECORDED = ("official-example", "issue-report")
RECORDED = [one for one in exchanges() if one.client not in UNRECORDED]
FILES = sorted({one.file for one in RECORDED})


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return vocabulary(list(exchanges()))


@pytest.mark.parametrize("file", FILES)
def test_the_answers_deviate_from_the_recorded_ones_only_as_listed(file, words):
    found: dict[str, set[str]] = {}
    for exchange in RECORDED:
        if exchange.file == file and exchange.id not in NOT_REPLAYED:
            stage = Stage(exchange)
            for deviation in deviations(exchange, stage.recorded, stage.answer(), words):
                found.setdefault(deviation, set()).add(exchange.id)
    known = KNOWN.get(file, {})
    unlisted = {name: sorted(ids) for name, ids in found.items() if name not in known}
    assert unlisted == {}, "deviations that are not listed"
    assert known.keys() - found.keys() == set(), "listed deviations that no longer deviate"


def test_every_deviation_has_a_reason():
    assert all(reason for reasons in (*KNOWN.values(), NOT_REPLAYED) for reason in reasons.values())
    assert NOT_REPLAYED.keys() <= {one.id for one in RECORDED}
