"""Rollout files as they are written and published: read again they ask for the same, and editors know their keys."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rollset.core.amount import Amount
from rollset.core.care import Protected, Stopped
from rollset.core.change import VersionChange
from rollset.core.comparing.compare import Compare, ComparedGate, Worse
from rollset.core.failing import OnFailure
from rollset.core.ids import ScaleSetId
from rollset.core.image import UnmanagedImage, parse_image_id, parse_urn
from rollset.core.model.change import settings_of
from rollset.core.order import Order
from rollset.core.others import WhileRolling
from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import (
    Aggregation,
    AzureMetric,
    AzureView,
    Bounds,
    Gate,
    PrometheusQuery,
    TcpProbe,
    ViewPart,
)
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.pace import Checkpoint, Deadlines, Engine
from rollset.core.surging.surge import Fallback
from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow
from rollset.emulator.server import Ready
from rollset.faces.rewording import flags_for
from rollset.faces.rolloutfile.form import PolicyPart
from rollset.faces.rolloutfile.reading import form_of
from rollset.faces.rolloutfile.schema import rollout_schema
from rollset.faces.rolloutfile.writing import rollout_text, wish_text
from rollset.faces.wishes import ImageFlags, ModelFlags, PaceFlags, SelectionFlags, WishFlags
from tests.cli.driver import NEW, URN, run

ROOT = Path(__file__).parent.parent.parent
SET = ScaleSetId(subscription="5b5c0000-0000-4000-8000-000000000001", resource_group="myrg", name="web")

EXAMPLES = {
    f"{page.stem} {number}": text
    for page in sorted((ROOT / "docs" / "policies").glob("*.md"))
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL), start=1)
}
"""Every rollout file on the pages of the policies."""

maybe = st.none
amounts = st.one_of(
    st.integers(1, 100_000).map(lambda n: Amount(number=n)),
    st.integers(1, 100).map(lambda n: Amount(number=n, percent=True)),
)
times = st.integers(0, 86_400).map(float)
bounds = st.integers(1, 86_400).map(float)
names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)
ids = st.one_of(st.integers(0, 9999).map(str), st.from_regex(r"[a-z]{1,4}_[0-9a-z]{1,6}", fullmatch=True))
images = st.sampled_from(
    [
        parse_urn(f"{URN}:{NEW}"),
        parse_image_id("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/golden"),
        parse_image_id("/SharedGalleries/u/images/i/versions/1.0.0"),
        UnmanagedImage(uri="https://a.b/c/- d: y.vhd"),
    ]
)
zones = st.sampled_from(["Europe/Berlin", "UTC", "America/New_York"])
windows = st.builds(
    MaintenanceWindow,
    cron=st.sampled_from(["0 22 * * 1-5", "*/30 2-4 1,15 * *", "0 3 * * 6#1", "0 0 L * *"]),
    seconds=st.integers(300, 86_400).map(float),
    zone=zones,
    name=maybe() | st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=20),
)
freezes = st.builds(
    lambda begins, lasts, **others: Freeze(
        begins=begins.isoformat(timespec="minutes"), ends=(begins + lasts).isoformat(timespec="minutes"), **others
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001 (by the clocks of the zone)
    st.timedeltas(timedelta(minutes=1), timedelta(days=60)),
    zone=zones,
    name=maybe() | names,
    reason=maybe() | names,
)

commands = st.lists(
    st.sampled_from(["./drain.sh", "{id}", "a b", "'", "$(id)", "${TOKEN}", "0.25", "no"]), min_size=1
).map(lambda words: Command(argv=("run", *words)))
headers = st.sampled_from([(), (("Authorization", "Bearer ${TOKEN}"), ("X-Odd", "no: yes # x"))])
web_calls = st.builds(
    WebCall,
    url=st.sampled_from(["http://{ip}:8080/healthz", "https://lb/{id}?q=1#x"]),
    method=st.sampled_from(["GET", "POST"]),
    headers=headers,
    verify=st.booleans(),
)
numbers = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
shares_of_alarms = st.integers(1, 50).map(lambda share: share / 100)
all_bounds = st.one_of(
    st.builds(Bounds, below=numbers),
    st.builds(Bounds, above=numbers, within=maybe() | st.integers(1, 500).map(lambda share: share / 100)),
)


def named(draw: st.DrawFn, *values: object) -> list[str]:
    return [draw(names) + str(number) if draw(st.booleans()) else str(value) for number, value in enumerate(values)]


@st.composite
def all_gates(draw: st.DrawFn) -> tuple[Gate, ...]:
    metric = st.builds(AzureMetric, name=st.just("Percentage CPU"), aggregation=st.sampled_from(Aggregation))
    query = st.builds(PrometheusQuery, url=st.just("http://p:9090"), query=st.just('up{a="{id}"}'), headers=headers)
    view = st.builds(AzureView, part=st.sampled_from(ViewPart))
    questions = [draw(one) for one in (commands, web_calls, metric, query, view, st.just(TcpProbe(address="{ip}:22")))]
    return tuple(
        Gate(
            name=name,
            question=question,
            bounds=draw(all_bounds) if isinstance(question, AzureMetric | PrometheusQuery) else Bounds(),
            successes=draw(st.integers(1, 5)),
            interval_seconds=draw(bounds),
            timeout_seconds=draw(bounds),
        )
        for name, question in zip(named(draw, *questions), questions, strict=True)
    )


def compares(gates: tuple[Gate, ...]) -> st.SearchStrategy[Compare]:
    """With the numbers of some of the gates, where they have any."""
    counted = [gate.name for gate in gates if not isinstance(gate.question, AzureView | TcpProbe)]
    one = st.builds(ComparedGate, gate=st.sampled_from(counted or [""]), worse=st.sampled_from(Worse))
    return st.builds(
        Compare,
        alpha=shares_of_alarms,
        min_instances=st.integers(1, 100),
        gates=st.lists(one, max_size=3 if counted else 0, unique_by=lambda each: each.gate).map(tuple),
    )


@st.composite
def all_hooks(draw: st.DrawFn) -> tuple[Hook, ...]:
    calls = [draw(commands | web_calls) for _ in range(draw(st.integers(1, 3)))]
    return tuple(
        Hook(moment=draw(st.sampled_from(_moments(call))), name=name, call=call, deadline_seconds=draw(bounds))
        for name, call in zip(named(draw, *calls), calls, strict=True)
    )


def _moments(call: object) -> list[Moment]:
    """An instance can be named only where there is one."""
    names_one = any(word in str(call) for word in ("{id}", "{ip}"))
    return [one for one in Moment if one.value.endswith("instance") or not names_one]


@st.composite
def flags(draw: st.DrawFn) -> WishFlags:
    batches = draw(maybe() | st.lists(amounts, min_size=1, max_size=3).map(tuple))
    on_failure = draw(maybe() | st.sampled_from(OnFailure))
    counted = maybe() | st.just(Amount(number=0)) | amounts if on_failure is not OnFailure.CONTINUE else maybe()
    surge = draw(maybe() | amounts)
    gates, health = draw(maybe() | all_gates()), draw(maybe() | bounds)
    needs = max(((one.successes - 1) * one.interval_seconds for one in gates or ()), default=0.0)
    if (health or Deadlines().health) <= needs:
        health = needs + 1.0  # With less nobody could pass, and so it is refused.
    protected = draw(maybe() | st.sampled_from(Protected))
    return WishFlags(
        select=SelectionFlags(
            update_domains=draw(maybe() | st.frozensets(st.integers(0, 20), min_size=1)),
            fault_domains=draw(maybe() | st.frozensets(st.integers(0, 20), min_size=1)),
            zones=draw(maybe() | st.frozensets(names, min_size=1, max_size=3)),
            placement_groups=draw(maybe() | st.frozensets(names, min_size=1, max_size=3)),
            instances=draw(maybe() | st.frozensets(ids, min_size=1, max_size=30)),
        ),
        pace=PaceFlags(
            order=draw(maybe() | st.sampled_from(Order)),
            max_unavailable=draw(maybe() | amounts),
            first=draw(maybe() | st.lists(ids, min_size=1, max_size=5, unique=True).map(tuple)),
            min_healthy=draw(maybe() | amounts),
            repair=draw(maybe() | st.booleans()),
            batch_size=batches,
            pause=draw(maybe() | times) if batches else None,
            canary=draw(maybe() | st.integers(1, 1000)),
            across_domains=draw(maybe() | st.booleans()),
            surge=surge,
            surge_fallback=draw(maybe() | st.sampled_from(Fallback)) if surge else None,
            bake=draw(maybe() | times),
            bake_end=draw(maybe() | times),
            checkpoints=draw(
                maybe()
                | st.lists(st.builds(Checkpoint, share=amounts, wait_seconds=maybe() | bounds), min_size=1).map(tuple)
            ),
            on_failure=on_failure,
            max_failures=draw(counted),
            retries=draw(maybe() | st.integers(0, 9)),
            protected=protected,
            protected_deadline=draw(maybe() | bounds) if protected is Protected.WAIT else None,
            stopped=draw(maybe() | st.sampled_from(Stopped)),
            health_deadline=health,
            upgrade_deadline=draw(maybe() | bounds),
            switch_policy=draw(maybe() | st.booleans()),
            automatic_repairs=draw(maybe() | st.sampled_from(WhileRolling)),
            automatic_os_upgrade=draw(maybe() | st.sampled_from(WhileRolling)),
            windows=draw(maybe() | st.lists(windows, min_size=1, max_size=3).map(tuple)),
            freezes=draw(maybe() | st.lists(freezes, min_size=1, max_size=3).map(tuple)),
            compare=draw(maybe() | compares(gates or ())),
            gates=gates,
            hooks=draw(maybe() | all_hooks()),
        ),
    )


@given(flags(), images)
def test_what_is_written_asks_for_the_same_when_it_is_read(asked: WishFlags, image: Any):
    text = rollout_text(SET, image, asked)
    form = form_of("written", text)
    again = form.wish_flags
    named = ImageFlags(urn=image) if isinstance(image, type(parse_urn("a:b:c:d"))) else None
    assert form.scale_set is not None
    assert form.scale_set.within("other") == SET
    assert again.image.change() == image
    assert named is None or again.image == named
    expected = WishFlags(image=again.image, select=asked.select, pace=asked.pace)
    assert again.wish(SET) == expected.wish(SET)
    assert again.pace.budget_named == asked.pace.budget_named
    assert list(Draft202012Validator(rollout_schema()).iter_errors(yaml.safe_load(text))) == []


models = st.builds(
    ModelFlags,
    vm_size=maybe() | st.just("Standard_D4s_v5"),
    settings=maybe()
    | st.just((*settings_of("tags.owner", "ops"), *settings_of("virtualMachineProfile.licenseType", "RHEL_BYOS"))),
)
engines = st.sampled_from([PaceFlags(), PaceFlags(engine=Engine.AZURE), PaceFlags(engine=Engine.AZURE, canary=2)])


@settings(max_examples=30)
@given(flags(), images | st.just(VersionChange(version="1.0", sku="S")), models, engines)
def test_a_wish_is_put_into_words_that_make_the_same_wish(asked: WishFlags, image: Any, model: ModelFlags, engine: Any):
    flags = WishFlags(model=model, select=asked.select, pace=asked.pace)
    flags = WishFlags(pace=engine).over(flags) if engine.engine is not None else flags
    wish = replace(flags.over(WishFlags(image=ImageFlags(version="1"))).wish(SET), change=image)
    again = flags_for(wish)
    assert again.wish(SET) == wish
    assert form_of("sent", wish_text(SET, again)).wish_flags.wish(SET) == wish, "also where it was sent as a file"


def test_a_written_file_has_every_key_that_has_a_default():
    written = yaml.safe_load(rollout_text(SET, parse_urn(f"{URN}:{NEW}"), WishFlags()))
    usual = {
        name
        for name, field in PolicyPart.model_fields.items()
        if (field.json_schema_extra or {}).get("default") is not None
    }
    assert set(written["policy"]) == usual
    assert (
        form_of("written", rollout_text(SET, parse_urn(f"{URN}:{NEW}"), WishFlags())).wish_flags.pace.pace()
        == PaceFlags().pace()
    )


def test_plan_writes_a_file_that_makes_the_same_plan(varied: Ready, tmp_path: Path):
    words = (
        "myrg/myvmss",
        "--image-version",
        "latest",
        "--update-domain",
        "0,1",
        "--checkpoint",
        "2:approve",
        "--bake",
        "90",
    )
    by_flags = run("plan", *words, "-o", "json", ready=varied).document
    written = run("plan", *words, "-o", "yaml", ready=varied)
    assert written.status == 0
    path = tmp_path / "rollout.yaml"
    path.write_text(written.out)
    assert run("plan", "-f", str(path), "-o", "json", ready=varied).document == by_flags
    assert run("plan", "-f", str(path), "-o", "yaml", ready=varied).out == written.out
    assert f"urn: {URN}:{NEW}" in written.out


def test_a_file_that_was_written_accepts_no_downtime(varied: Ready, tmp_path: Path):
    """The default stands in it, and nobody has said that the only instance may go."""
    written = run("plan", "myrg/single", "--image-version", NEW, "-o", "yaml", ready=varied)
    assert written.status == 4
    path = tmp_path / "rollout.yaml"
    path.write_text(written.out)
    assert run("upgrade", "-f", str(path), "--yes", ready=varied).status == 4


def test_the_published_schema_is_that_of_the_form():
    published = (ROOT / "docs" / "rollout.schema.json").read_text()
    assert published == run("schema").out, "run: rollset schema > docs/rollout.schema.json"
    Draft202012Validator.check_schema(json.loads(published))


def test_every_key_is_explained():
    def unexplained(schema: Any, path: str = "") -> list[str]:
        if not isinstance(schema, dict):
            return [] if not isinstance(schema, list) else [one for inner in schema for one in unexplained(inner, path)]
        own = [
            f"{path}.{name}"
            for name, member in schema.get("properties", {}).items()
            if not member.get("description", "").endswith(".")
        ]
        return own + [one for name, inner in schema.items() for one in unexplained(inner, f"{path}.{name}")]

    assert unexplained(rollout_schema()) == []


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_on_the_pages_is_read_and_fits_the_schema(text: str):
    form = form_of("example", text)
    assert form.scale_set is not None
    form.wish_flags.wish(SET)
    assert list(Draft202012Validator(rollout_schema()).iter_errors(yaml.safe_load(text))) == []
