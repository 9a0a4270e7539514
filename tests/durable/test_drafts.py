"""Integration: rollout files that pages of plans are made from."""

import pytest

from rollset.engine.durable import drafts
from rollset.engine.durable.drafts import Draft, Drafts, NoSuchDraft


def draft(text: str) -> Draft:
    return Draft(scale_set="/subscriptions/s/web", text=text)


def test_a_draft_is_found_as_it_was_kept(database):
    kept = Drafts(database)
    name = kept.keep(draft("policy: {bake: 5m}  # \N{SNOWMAN}\n"), 1.0)
    assert kept.find(name) == draft("policy: {bake: 5m}  # \N{SNOWMAN}\n")
    assert kept.keep(draft("policy: {bake: 5m}  # \N{SNOWMAN}\n"), 2.0) == name
    with pytest.raises(NoSuchDraft, match="is not kept here"):
        kept.find("' OR 1=1 --")


def test_those_go_first_that_nobody_asked_for_since(database, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS_MAX", 3)
    kept = Drafts(database)
    first, second, third = (kept.keep(draft(text), at) for at, text in enumerate("abc"))
    kept.keep(draft("a"), 3.0)
    fourth = kept.keep(draft("d"), 4.0)
    assert [kept.find(one).text for one in (first, third, fourth)] == ["a", "c", "d"]
    with pytest.raises(NoSuchDraft):
        kept.find(second)
