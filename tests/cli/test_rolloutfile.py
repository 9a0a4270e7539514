"""Rollout files: the same wish as the flags, flags over files, and everything that is wrong with one told at once."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from rollset.core.when.calendar import ALWAYS
from rollset.emulator.server import Ready
from rollset.faces.rolloutfile.faulty import FaultyFile
from rollset.faces.rolloutfile.reading import form_of
from rollset.faces.rolloutfile.tree import NESTING_MAX
from tests.cli.driver import NEW, URN, fault, images, run, writes

FULL = f"""\
scale_set: myrg/web
image:
  version: {NEW}
select:
  update_domains: [0, 1, 2]
  instances: 0-3
policy:
  order: fault-domain
  max_unavailable: 2
  batch_size: 40%
  pause: 1
  canary: 1
  across_domains: true
  bake: 1s
  bake_end: 2
  checkpoints: ["2:1s", 100%:1s]
  on_failure: undo
  health_deadline: 5m
  upgrade_deadline: 1h
  switch_policy: false
"""

FLAGS = (
    *("myrg/web", "--image-version", NEW, "--update-domain", "0,1,2", "--instances", "0-3"),
    *("--order", "fault-domain", "--max-unavailable", "2", "--batch-size", "40%", "--pause", "1", "--canary", "1"),
    *("--across-domains", "--bake", "1s", "--bake-end", "2", "--checkpoint", "2:1s", "--checkpoint", "100%:1s"),
    *("--on-failure", "undo", "--health-deadline", "5m", "--upgrade-deadline", "1h", "--no-switch-policy"),
)


@pytest.fixture
def rollout(tmp_path: Path):
    def write(text: str | bytes) -> str:
        path = tmp_path / "rollout.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def faults(text: str) -> dict[str, tuple[int | None, str]]:
    """What is wrong with the text, by path."""
    with pytest.raises(FaultyFile) as caught:
        form_of("rollout.yaml", text)
    return {str(one).partition(": ")[0] if one.path else "": (one.line, one.why) for one in caught.value.faults}


def test_a_file_says_what_the_flags_say(small: Ready, rollout):
    by_flags = run("plan", *FLAGS, "-o", "json", ready=small)
    by_file = run("plan", "-f", rollout(FULL), "-o", "json", ready=small)
    assert by_file.status == by_flags.status == 0
    assert by_file.document == by_flags.document
    assert by_file.document["checkpoints"][0]["wait_seconds"] == 1


def test_a_byte_order_mark_and_the_ends_of_lines_of_windows_do_no_harm(small: Ready, rollout):
    windows = b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode()
    assert run("plan", "-f", rollout(windows), ready=small).status == 0


def test_a_file_is_carried_out(small: Ready, rollout):
    ran = run("upgrade", "-f", rollout(FULL), "--yes", ready=small)
    assert ran.status == 0, ran.err
    assert sorted(one for one, image in images(small).items() if image == NEW) == ["0", "1", "2"]


def test_what_continues_after_a_failure_means_the_same_file_and_image(small: Ready, rollout):
    fault(small, kind="upgrade-fails", set="myrg/web", instances=["1"], times=1)
    name = rollout("scale_set: myrg/web\nimage: {version: latest}\npolicy: {order: fault-domain}\n")
    ran = run("upgrade", "-f", name, "--yes", "-o", "json", ready=small)
    assert ran.status == 1
    words = shlex.split(ran.document["continue_with"])
    assert words == ["rollset", "upgrade", "-f", name, "--yes", "-o", "json", "--image", f"{URN}:{NEW}"]
    assert run(*words[1:], ready=small).status == 0
    assert set(images(small).values()) == {NEW}


def test_a_surge_in_a_file_is_that_of_the_flags_and_is_carried_out(small: Ready, rollout):
    name = rollout(
        f"scale_set: myrg/web\nimage: {{version: {NEW}}}\npolicy: {{surge: {{add: 40%, fallback: in-place}}}}\n"
    )
    flags = ("myrg/web", "--image-version", NEW, "--surge", "40%", "--surge-fallback", "in-place")
    by_file = run("plan", "-f", name, "-o", "json", ready=small).document
    assert by_file == run("plan", *flags, "-o", "json", ready=small).document
    assert by_file["surge"] == {"add": 2, "fallback": "in-place"}
    assert {one["action"] for one in by_file["instances"]} == {"replace"}
    assert "5 in service" in run("plan", *flags, ready=small).out
    ran = run("upgrade", "-f", name, "--yes", "-o", "json", ready=small)
    assert ran.status == 0, ran.err
    assert set(ran.document["left"]) == {"replaced", "upgraded"}
    assert [image for one, image in images(small).items() if one in ran.document["left"]["upgraded"]] == [NEW] * 5


@pytest.mark.parametrize("amount", ["2", "40%"])
def test_a_surge_in_a_file_has_the_short_form_of_the_flag(small: Ready, rollout, amount):
    name = rollout(f"scale_set: myrg/web\nimage: {{version: {NEW}}}\npolicy: {{surge: {amount}}}\n")
    flags = ("myrg/web", "--image-version", NEW, "--surge", amount)
    by_file = run("plan", "-f", name, "-o", "json", ready=small).document
    assert by_file == run("plan", *flags, "-o", "json", ready=small).document
    assert by_file["surge"] == {"add": 2, "fallback": "stop"}


def test_a_fallback_needs_a_surge_and_a_surge_needs_somebody_who_waits():
    words = ("upgrade", "sub/myrg/web", "--image-version", NEW, "--yes")
    assert "add --surge, or leave it out" in run(*words, "--surge-fallback", "stop").err
    assert "--surge cannot go with --no-wait" in run(*words, "--surge", "1", "--no-wait").err


def test_a_flag_overrides_the_file_and_the_plan_says_so(small: Ready, rollout):
    name = rollout(FULL)
    ran = run("plan", "-f", name, "--max-unavailable", "3", "--no-across-domains", "-o", "json", ready=small)
    assert ran.document["budget"]["allowed"] == 3
    assert ran.document["notes"][0] == (
        f"policy.max_unavailable, policy.across_domains: as the command says, not as {name} does"
    )
    same = run("plan", "-f", name, "--max-unavailable", "2", "-o", "json", ready=small)
    assert not any("as the command says" in one for one in same.document["notes"])


def test_the_command_may_name_another_set_and_another_kind_of_image(varied: Ready, rollout):
    name = rollout("scale_set: myrg/nosuch\nimage: {sku: nosuch, version: 1.0.0}\n")
    ran = run("plan", "myrg/myvmss", "-f", name, "--image", f"{URN}:{NEW}", "-o", "json", ready=varied)
    assert ran.status == 0, ran.err
    assert ran.document["scale_set"].endswith("/myvmss")
    assert ran.document["image"]["after"]["version"] == NEW
    assert "scale_set, image.version, image.sku: as the command says" in ran.document["notes"][0]


def test_a_version_beside_a_file_keeps_its_sku(varied: Ready, rollout):
    ran = run(
        "plan", "-f", rollout("scale_set: myrg/myvmss\nimage: {sku: nosuch}"), "--image-version", NEW, ready=varied
    )
    assert ran.status == 2
    assert "nosuch" in ran.err


def test_values_are_texts_and_lines_are_known():
    found = faults(
        "policy:\n  across_domains: on\n  pause: 1:30\n  canary: 0o10\n  bake: 010\n  bake_end: 1e3\n"
        "select:\n  zones:\n  - [1]\n"
    )
    assert {path: line for path, (line, _) in found.items()} == {
        "policy.across_domains": 2,
        "policy.pause": 3,
        "policy.canary": 4,
        "policy.bake_end": 6,
        "select.zones": 8,
    }
    assert form_of("x", "policy: {bake: 010}").policy.bake == 10


def test_aliases_stand_for_what_they_name():
    form = form_of("x", "policy:\n  bake: &long 1h\n  bake_end: *long\n")
    assert form.policy.bake_end == 3600


def test_lists_may_be_written_as_the_flags_are():
    assert form_of("x", "select: {instances: '1, 4-6'}").select.instances == {"1", "4", "5", "6"}
    assert form_of("x", "select: {instances: [1, 4-6, web_a]}").select.instances == {"1", "4", "5", "6", "web_a"}


def test_an_empty_list_means_none():
    text = "scale_set: a/b\npolicy: {windows: [], freezes: [], gates: [], hooks: [], checkpoints: []}\n"
    flags = form_of("rollout.yaml", text).wish_flags
    assert flags.pace.calendar() == ALWAYS
    assert (flags.pace.gates, flags.pace.hooks, flags.pace.checkpoints) == ((), (), ())


def test_json_is_read():
    form = form_of("x", '{"scale_set": "myrg/web", "policy": {"canary": 2, "across_domains": true, "bake": "1m"}}')
    assert (form.policy.canary, form.policy.across_domains, form.policy.bake) == (2, True, 60)


def test_what_a_file_says_reaches_no_terminal_but_as_text():
    """A key may hold what clears a screen, or a whole book."""
    escaped = faults('"\\e[2J\\n": 1\npolicy: {"\\u202e": 1, bake: "\\e]0;x\\a"}\n')
    assert all(path.isprintable() and why.isprintable() for path, (_, why) in escaped.items())
    long = faults(f"{'k' * 900}: 1\npolicy: {{bake: {'9' * 50_000}, order: {'x' * 50_000}}}\n")
    assert len(long) == 3
    assert all(len(path + why) < 300 for path, (_, why) in long.items())


def test_of_very_many_faults_the_first_hundred_are_told(rollout):
    ran = run("plan", "-f", rollout("".join(f"k{number}: 1\n" for number in range(150))))
    assert ran.err.count("\n") == 101
    assert ran.err.endswith(": and 50 faults more\n")


def test_standard_input_is_no_file():
    ran = run("plan", "-f", "-")
    assert ran.status == 2
    assert (
        ran.err
        == "rollset: standard input: is empty; write keys, each with its value: scale_set, image, model, select, policy\n"
    )


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n" for below, name in zip("abcdefg", "bcdefgh", strict=True)
)

WHOLE = "scale_set: myrg/web\nimage: {version: latest}\n"
"""All that a rollout needs: what comes after it is read to the end."""

BROKEN: list[tuple[str, str | bytes, str]] = [
    ("empty", "", "is empty; write keys"),
    ("comments alone", "# nothing\n", "is empty"),
    ("no character", 'image: {version: "\\UFFFFFFFF"}\n', "not YAML: an escape in a quoted text stands for no character"),
    ("batches of nothing", "policy: {batch_size: []}\n", "policy.batch_size: is an empty list; write one such as [1, 5%, 20%]"),
    ("other digits", "policy: {max_unavailable: '\u0661\u0660%'}\n", "policy.max_unavailable: cannot read"),
    (
        "a fact that nobody knows",
        "policy: {hooks: [{when: before-batch, command: [./drain, '{ip}']}]}\n",
        "policy.hooks[0]: {ip} is nothing that is known there",
    ),
    ("a share of false alarms beyond reason", "policy: {compare: 80%}\n", "policy.compare: 80% is no share of false alarms"),
    (
        "no false alarm ever",
        "policy:\n  compare: {false_alarms: 0%}\n",
        ":2: policy.compare.false_alarms: 0% is no share of false alarms",
    ),
    ("no way that is worse", "policy: {compare: {gates: [{gate: web}]}}\n", "policy.compare.gates[0].worse: is missing"),
    ("a way that is none", "policy: {compare: {gates: [{gate: web, worse: more}]}}\n", "policy.compare.gates[0].worse: 'more' is none of higher, lower"),
    ("one gate to compare bare", "policy: {compare: {gates: web}}\n", "policy.compare.gates: 'web' stands here; write a list"),
    ("no gate to compare", WHOLE + "policy: {gates: [{azure: power, name: web}], compare: {gates: [{gate: wbe, worse: higher}]}}\n", "policy.compare.gates[0].gate: there is no gate called wbe; known are web"),
    ("no number to compare", WHOLE + "policy: {gates: [{azure: power, name: web}], compare: {gates: [{gate: web, worse: higher}]}}\n", "policy.compare.gates[0].gate: gate web has no number that could be compared"),
    ("an indent too many", "scale_set: a/b\n image: {}\n", ":2: not YAML: a key stands where none may; indent it as its neighbours"),
    ("a week", "policy: {freezes: [{days: [2026-W52-1], zone: UTC}]}\n", "policy.freezes[0].days[0]: cannot read '2026-W52-1' as a moment"),
    ("too few fields", "policy: {windows: ['@daily 4h UTC']}\n", "policy.windows[0]: "),
    ("a zone of the summer", "policy: {windows: [{cron: 0 22 * * *, duration: 4h, zone: CEST}]}\n", "policy.windows[0].zone: there is no time zone 'CEST'; write an IANA name"),
    ("a name that clears the screen", 'policy: {gates: [{azure: power, name: "a\\e[2J"}]}\n', "policy.gates[0].name: 'a\\x1b[2J' holds a character that nobody sees"),
    ("a port that is none", "policy: {gates: [{tcp: '{ip}:99999'}]}\n", "policy.gates[0].tcp: 99999 is no port; write one from 1 to 65535"),
    ("a port in letters", "policy: {gates: [{http: 'http://{ip}:web/'}]}\n", "policy.gates[0].http: cannot read 'http://{ip}:web/' as an address"),
    ("no time to say yes", WHOLE + "policy: {health_deadline: 1m, gates: [{azure: power, successes: 7}]}\n", "policy.gates[0] (--gate): 7 yes in a row, 10s apart, take 1m, and policy.health_deadline"),
    ("two gates of a name", WHOLE + "policy: {gates: [{azure: power, name: a}, {azure: health, name: a}]}\n", "policy.gates (--gate): 2 gates are called a"),
    ("a NUL in a command", 'policy: {gates: [{command: [x, "a\\0"]}]}\n', "policy.gates[0].command: a word of a command holds a NUL"),
    ("headers in headers", "policy: {gates: [{http: 'http://x/', headers: {a: {b: c}}}]}\n", "policy.gates[0].headers.a: a mapping stands here; write a text"),
    ("nobody to wait for", WHOLE + "policy: {protected: force, protected_deadline: 2h}\n", "policy.protected_deadline (--protected-deadline) says how long protected instances are waited for"),
    ("too long a line", "policy: {first: [0-99999]}\n", "policy.first: cannot read '0-99999' as a range of instances: it has more than 10000"),
    ("a tag twice", WHOLE + "model: {set: {tags.a: b, Tags.A: c}}\n", "model.set (--set): tags.A is set twice"),
    ("a list at the top", "- scale_set: a/b\n", "holds a list"),
    ("one word", "hello\n", "holds one text"),
    ("not UTF-8", b"scale_set: a/\xff\n", ":1: not UTF-8 (the byte 0xff)"),
    ("UTF-16", "scale_set: a/b".encode("utf-16"), "not UTF-8"),
    ("a NUL", b"scale_set: a/b\n\0", ":2: not YAML: there is a character that no text has (U+0000)"),
    ("a tab", "policy:\n\tbake: 1s\n", ":2: not YAML: a tab; write spaces"),
    ("an open bracket", "policy: {bake: 1s\n", "not YAML"),
    ("two documents", "scale_set: a/b\n---\nimage: {}\n", ":2: a second document begins here"),
    ("a bomb", BOMB, ":5: more than 50000 values, with aliases written out"),
    ("an alias within itself", "a: &a [*a]\n", "the alias 'a' stands within itself"),
    ("an alias of nothing", "a: *b\n", "the alias 'b' stands for nothing"),
    ("too deep", "a: " + "[" * (NESTING_MAX + 1), f"nested deeper than {NESTING_MAX} levels"),
    ("a tag", "image: !!python/object/apply:os.system [x]\n", ":1: a tag ("),
    ("a merge key", "a: &a {bake: 1s}\npolicy:\n  <<: *a\n", ":3: a merge key (<<)"),
    ("a list as a key", "? [a, b]\n: c\n", "keys are plain words"),
    ("too long", "#" * 300_000, "longer than 256 KiB"),
    ("a key twice", "policy:\n  bake: 1s\n  bake: 2s\n", ":3: policy.bake: is there twice, in lines 2 and 3"),
    ("an unknown key", "scaleset: a/b\n", ":1: scaleset: there is no such key; did you mean scale_set?"),
    ("a key in the wrong place", "max_unavailable: 1\n", ":1: max_unavailable: there is no such key; known here: scale_set"),
    ("the name of a flag", "policy: {max-unavailable: 1}\n", "policy.max-unavailable: there is no such key; did you mean max_unavailable?"),
    ("a truth value as a key", "on: x\n", ":1: on: there is no such key"),
    ("nothing under policy", "policy:\n", ":1: policy: no value stands here; write keys under it"),
    ("a text for policy", "policy: fast\n", "policy: 'fast' stands here; write keys under it"),
    ("a list for image", "image: [latest]\n", "image: a list stands here"),
    ("no value", "policy:\n  order:\n", ":2: policy.order: has no value; write one such as update-domain"),
    ("no set", "scale_set: web\n", "scale_set: cannot read 'web' as a scale set"),
    ("two images", f"image: {{version: latest, urn: '{URN}:{NEW}'}}\n", ":1: image: version and urn name the image twice"),
    ("half an URN", "image: {urn: 'Canonical:ubuntu'}\n", "image.urn: cannot read 'Canonical:ubuntu' as an image"),
    ("no id", "image: {id: golden}\n", "image.id: cannot read 'golden' as an image id"),
    ("no address", "image: {uri: ftp://a/b.vhd}\n", "image.uri: cannot read"),
    ("no version", "image: {version: 'a b'}\n", "image.version: cannot read 'a b' as a version"),
    ("more than all", "policy: {max_unavailable: 110%}\n", "policy.max_unavailable: 110% is more than the whole set; write at most 100%"),
    ("none", "policy: {max_unavailable: 0}\n", "policy.max_unavailable: an amount of 0 is nothing at all; write 1 or more"),
    ("a fraction", "policy: {max_unavailable: 0.1}\n", "policy.max_unavailable: cannot read '0.1' as an amount"),
    ("a list for one value", "policy: {max_unavailable: [1]}\n", "policy.max_unavailable: a list stands here"),
    ("an unknown order", "policy: {order: zones}\n", "policy.order: 'zones' is none of update-domain, fault-domain, zone, oldest-image; did you mean zone?"),
    ("sexagesimal", "policy: {bake: 1:30}\n", "policy.bake: cannot read '1:30' as a length of time"),
    ("a day", "policy: {bake: 1d}\n", "policy.bake: cannot read '1d' as a length of time"),
    ("no time at all", "policy: {health_deadline: 0}\n", "policy.health_deadline: a bound of 0 leaves no time at all"),
    ("Norway", "policy: {across_domains: no}\n", "policy.across_domains: 'no' is neither true nor false"),
    ("less than no retry", "policy: {retries: -1}\n", "policy.retries: '-1' is no whole number from 0 to 1000000"),
    ("more than can be", "policy: {canary: 12345678}\n", "policy.canary: '12345678' is no whole number from 1 to 1000000"),
    ("a freeze without a day", "policy: {freezes: [{days: [], zone: UTC}]}\n", "policy.freezes[0]: names no day"),
    ("no canary", "policy: {canary: 0}\n", "policy.canary: '0' is no whole number from 1 to"),
    ("half a checkpoint", "policy: {checkpoints: ['10:5m', '25%']}\n", "policy.checkpoints[1]: cannot read '25%' as a checkpoint"),
    ("one checkpoint bare", "policy: {checkpoints: 25%:approve}\n", "policy.checkpoints: '25%:approve' stands here; write a list"),
    ("a checkpoint split in two", "policy: {checkpoints: [{25%: approve}]}\n", "policy.checkpoints[0]: a mapping stands here; write one value such as 25%:approve"),
    ("a pause without batches", "scale_set: myrg/web\nimage: {version: latest}\npolicy: {pause: 1m}\n", "policy.pause (--pause) is a rest between batches"),
    ("a window without its length", "policy: {windows: [{cron: 0 22 * * *, zone: UTC}]}\n", "policy.windows[0].duration: is missing"),
    ("an hour that is none", "policy: {windows: [{cron: 0 25 * * *, duration: 4h, zone: UTC}]}\n", "policy.windows[0].cron: cannot read '0 25 * * *' as the time when a window opens: the hour"),
    ("no such zone", "policy: {windows: [0 22 * * * 4h Europe/Berlni]}\n", "policy.windows[0]: there is no time zone 'Europe/Berlni'; did you mean Europe/Berlin?"),
    ("one window bare", "policy: {windows: 0 22 * * * 4h UTC}\n", "policy.windows: '0 22 * * * 4h UTC' stands here; write a list"),
    ("the key of a freeze", "policy: {freezes: [{form: 2026-12-24, until: 2026-12-25, zone: UTC}]}\n", "policy.freezes[0].form: there is no such key; did you mean from?"),
    ("a freeze of no day", "policy: {freezes: [{days: [2026-02-30], zone: UTC}]}\n", "policy.freezes[0].days[0]: cannot read '2026-02-30' as a moment"),
    ("half a freeze", "policy: {freezes: [{from: 2026-12-24, zone: UTC}]}\n", "policy.freezes[0]: needs until as well"),
    ("a freeze backwards", "policy: {freezes: [{from: 2027-01-02, until: 2026-01-02, zone: UTC}]}\n", "policy.freezes[0]: a freeze from 2027-01-02 until 2026-01-02 ends before it begins"),
    ("a gate of no kind", "policy: {gates: [{name: web}]}\n", "policy.gates[0]: needs exactly one of http, tcp, azure, prometheus, command, metric, and has none"),
    ("a gate of two kinds", "policy: {gates: [{http: 'http://{ip}/', tcp: '{ip}:22'}]}\n", "policy.gates[0]: needs exactly one of http, tcp, azure, prometheus, command, metric, and has http and tcp"),
    ("a key of another kind", "policy: {gates: [{tcp: '{ip}:22', query: up}]}\n", "policy.gates[0]: query belongs to prometheus, and this is a gate of kind tcp"),
    ("nothing to judge", WHOLE + "policy: {gates: [{prometheus: 'http://p:9090', query: up}]}\n", "policy.gates[0]: has a number and nothing to judge it by"),
    ("a server without a query", "policy: {gates: [{prometheus: 'http://p:9090', above: 1}]}\n", "policy.gates[0]: needs query as well"),
    ("no number to judge", "policy: {gates: [{azure: health, below: 1}]}\n", "policy.gates[0]: below, above and within judge a number"),
    ("bounds that leave nothing", "policy: {gates: [{metric: Percentage CPU, above: 5, below: 1}]}\n", "policy.gates[0]: no number is above 5 and below 1"),
    ("a bare share", "policy: {gates: [{metric: Percentage CPU, within: 20}]}\n", "policy.gates[0].within: cannot read '20' as a share; write it such as 20%"),
    ("no address", "policy: {gates: [{http: '{ip}/healthz'}]}\n", "policy.gates[0].http: cannot read '{ip}/healthz' as an address"),
    ("a gate misspelt", "policy: {gates: [{htpp: 'http://{ip}/'}]}\n", "policy.gates[0].htpp: there is no such key; did you mean http?"),
    ("no yes at all", "policy: {gates: [{azure: health, successes: 0}]}\n", "policy.gates[0].successes: '0' is no whole number from 1 to"),
    ("a hook at no time", "policy: {hooks: [{when: before-instances, command: 'true'}]}\n", "policy.hooks[0].when: 'before-instances' is none of before-rollout"),
    ("a hook without a call", "policy: {hooks: [{when: before-batch}]}\n", "policy.hooks[0]: needs either command or http"),
    ("a body for a command", "policy: {hooks: [{when: before-batch, command: 'true', body: x}]}\n", "policy.hooks[0]: body belongs to http"),
    ("an endless quote", "policy: {hooks: ['before-batch=sh -c \"x']}\n", "policy.hooks[0]: cannot read 'sh -c \"x' as a command: a quote has no end"),
    ("no time for a hook", "policy: {hooks: [{when: before-batch, command: 'true', deadline: 0}]}\n", "policy.hooks[0].deadline: a bound of 0 leaves no time at all"),
    ("empty instances", "select: {instances: []}\n", "select.instances: is an empty list; write one such as [1, 4, 7-12]"),
    ("a range backwards", "select: {instances: [9-2]}\n", "select.instances: cannot read '9-2' as a range"),
    ("no number", "select: {update_domains: [a]}\n", "select.update_domains: cannot read 'a' as a number"),
    ("a surge of nothing", "policy:\n  surge:\n    fallback: stop\n", ":2: policy.surge.add: is missing"),
    ("a surge of none", "policy: {surge: {add: 0}}\n", "policy.surge.add: an amount of 0 is nothing at all; write 1 or more"),
    ("an unknown fallback", "policy: {surge: {add: 1, fallback: inplace}}\n", "policy.surge.fallback: 'inplace' is none of stop, in-place; did you mean in-place?"),
    ("a surge that is no amount", "policy: {surge: some}\n", "policy.surge: cannot read 'some' as an amount"),
    ("a surge without a value", "policy:\n  surge:\n", "policy.surge: has no value"),
    ("a version that is not offered", "scale_set: myrg/myvmss\nimage: {version: 4.0.20990101}\n", "image.version: version 4.0.20990101 of"),
    ("a signature in an address", "image: {uri: 'https://a.b/c.vhd?sig=s'}\n", "image.uri: the address of https://a.b/c.vhd goes on"),
    ("an image that is not offered", f"scale_set: myrg/myvmss\nimage: {{urn: '{URN}:1.2.3'}}\n", "image.urn: version 1.2.3 of"),
    ("an instance that is not there", f"scale_set: myrg/myvmss\nimage: {{version: {NEW}}}\nselect: {{instances: [3, 99]}}\n", "select.instances: there is no instance 99: "),
    ("a zone that is not there", f"scale_set: myrg/myvmss\nimage: {{version: {NEW}}}\nselect: {{zones: [4]}}\n", "select.zones: there is no zone 4: myrg/myvmss has none"),
    ("no image", "scale_set: myrg/web\n", "name the new image"),
    ("no set at all", "image: {version: latest}\n", "Missing argument 'RG/NAME'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_is_told_in_one_line_and_changes_nothing(varied: Ready, rollout, text: str | bytes, said: str):
    before = len(writes(varied))
    name = rollout(text)
    ran = run("upgrade", "-f", name, "--yes", ready=varied)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.startswith("rollset: ")
    assert ran.err.count("\n") == 1, ran.err
    assert "Traceback" not in ran.err + ran.out
    assert len(writes(varied)) == before, "nothing may be written"


def test_every_fault_is_told_at_once_each_on_its_line(rollout):
    name = rollout("scale_set: web\nimage:\n  vresion: latest\npolicy:\n  canary: -1\n  canary: 1\n  bake: soon\n")
    ran = run("upgrade", "-f", name, "--yes")
    assert ran.status == 2
    assert [line.partition(": ")[2][len(name) :].split(": ")[:2] for line in ran.err.splitlines()] == [
        [":1", "scale_set"],
        [":3", "image.vresion"],
        [":5", "policy.canary"],
        [":6", "policy.canary"],
        [":7", "policy.bake"],
    ]
    told = run("upgrade", "-f", name, "--yes", "-o", "json").document["error"]["faults"]
    assert told[1] == {"path": "image.vresion", "line": 3, "message": "there is no such key; did you mean version?"}


@pytest.mark.parametrize(
    ("name", "said"), [("/nowhere/rollout.yaml", "No such file"), (".", "is a directory"), ("", "No such file")]
)
def test_what_is_no_file_is_one_sentence(name: str, said: str):
    ran = run("plan", "-f", name)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
