"""Pre-flight, finding by finding: what it takes for each, and what it does not take. Sibling: tests/cli/test_doctor.py.

A row changes one thing about twenty healthy instances that have nothing wrong with them.
"""

import re
from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.errors import UnsafeError, UsageError
from rollset.core.failing import OnFailure
from rollset.core.fleet import Fleet, Health, HealthSource, Provisioning, PurchasePlan, Repairs, UpgradeMode
from rollset.core.image import CustomImage, CustomKind
from rollset.core.others import USUAL
from rollset.core.outside.calls import Command
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.pace import Batches, Checkpoint, Deadlines, Engine, Job, Pace
from rollset.core.plan import make_plan
from rollset.core.preflight.around import (
    Absent,
    Around,
    Autoscale,
    ImageEnd,
    ImageFacts,
    Lock,
    LockLevel,
    Replication,
    SizeFacts,
    Unread,
    Usage,
)
from rollset.core.preflight.examine import KINDS, check_accepted, examine, refuse_blocked, stopping, worth_telling
from rollset.core.preflight.facts import DAY_SECONDS, Facts
from rollset.core.preflight.finding import Severity
from rollset.core.selection import Selection
from rollset.core.surging.surge import Surge
from rollset.core.when.calendar import Calendar
from rollset.core.when.windows import MaintenanceWindow
from tests.core.draw import NEW, OLD, a_fleet

NOW = 1_000 * DAY_SECONDS
HEALTHY = "o" * 20
CUSTOM = CustomImage(
    kind=CustomKind.ID,
    resource_id="/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/web",
)
PLAN = PurchasePlan(name="standard", publisher="contoso", product="shop")
GEN2 = ImageFacts(image=NEW, generation="V2", architecture="x64")
SIZE = SizeFacts(name="Standard_D2s_v5", cores=2, family="standardDSv5Family", generations=frozenset({"V1", "V2"}))
READ_ONLY = Lock(name="freeze", level=LockLevel.READ_ONLY, scope="resource group rg")
KEEP = Lock(name="keep", level=LockLevel.CAN_NOT_DELETE, scope="subscription")


def in_days(days, **end):
    return ImageEnd(at=NOW + days * DAY_SECONDS, **end)


def cores(left, name="cores"):
    return Usage(name=name, title="Total Regional vCPUs", used=100 - left, limit=100)


def facts(
    letters=HEALTHY,
    *,
    model=None,
    job=None,
    pace=None,
    around=None,
    instances=None,
    switch_policy=False,
    **others,
):
    drawn = a_fleet(letters, image=OLD)
    fleet = Fleet(
        scale_set=replace(drawn.scale_set, **(model or {})),
        instances=tuple(replace(one, **(instances or {})) for one in drawn.instances),
    )
    wanted = Job(image=NEW, pace=Pace(**(pace or {})), **(job or {}))
    plan = make_plan(fleet, wanted, switch_policy=switch_policy)
    return Facts(plan=plan, now=NOW, around=Around(**(around or {})), **others)


def found(**changes):
    return {one.name: one for one in examine(facts(**changes))}


WEEKLY = Calendar(windows=(MaintenanceWindow.checked(cron="0 22 * * 6", seconds=3600, zone="UTC"),))
UNDO = {"on_failure": OnFailure.UNDO}
OLD_ENDS = {"before": (ImageFacts(image=OLD, end=in_days(10)),)}
ALL = Amount(number=100, percent=True)
DRAIN = Hook(moment=Moment.BEFORE_INSTANCE, name="drain", call=Command(argv=("drain", "{id}")))

FINDINGS = [
    ("change-refused", {"refusal": "Azure does not let it"}, "Azure does not let it"),
    ("image-missing", {"around": {"image": Absent(image=NEW, why="Azure answered 404")}}, "2.0.0.*westus.*404"),
    (
        "image-unreadable",
        {"around": {"image": Unread(what="image X", why="Azure answered 403", forbidden=True)}},
        "image X.*403",
    ),
    (
        "image-not-replicated",
        {"around": {"image": ImageFacts(image=NEW, replication=Replication.NOWHERE, elsewhere=("eastus", "westus2"))}},
        "is not in westus, only in eastus, westus2",
    ),
    (
        "image-not-replicated",
        {"around": {"image": ImageFacts(image=NEW, replication=Replication.UNDER_WAY)}},
        "still being replicated to westus",
    ),
    (
        "image-not-replicated",
        {"around": {"image": ImageFacts(image=NEW, replication=Replication.FAILED)}},
        "replication of .* to westus has failed",
    ),
    ("image-ended", {"around": {"image": ImageFacts(image=NEW, end=in_days(-1))}}, "end of life since 1972-09-26"),
    (
        "image-ended",
        {"around": {"image": ImageFacts(image=NEW, end=ImageEnd(ended=True, instead="2022"))}},
        "has been deprecated",
    ),
    ("image-ends-soon", {"around": {"image": ImageFacts(image=NEW, end=in_days(29.5))}}, "on 1972-10-26, in 29 days"),
    ("image-excluded-from-latest", {"around": {"image": ImageFacts(image=NEW, excluded_from_latest=True)}}, "left out"),
    (
        "wrong-generation",
        {"around": {"image": GEN2, "size": replace(SIZE, generations=frozenset({"V1"}))}},
        "generation V2, and Standard_D2s_v5 boots V1 only",
    ),
    (
        "wrong-architecture",
        {"around": {"image": GEN2, "size": replace(SIZE, architecture="Arm64")}},
        "for x64, and Standard_D2s_v5 is Arm64",
    ),
    (
        "wrong-system",
        {"model": {"os_type": "Windows"}, "around": {"image": replace(GEN2, os_type="Linux")}},
        "is Linux, and the model of rg/web says Windows",
    ),
    (
        "other-generation",
        {"around": {"image": GEN2, "before": (ImageFacts(image=OLD, generation="V1"),)}},
        "generation V2, and instances run V1",
    ),
    ("plan-mismatch", {"around": {"image": ImageFacts(image=NEW, plan=PLAN)}}, "contoso/shop/standard, .* names none"),
    ("plan-mismatch", {"model": {"plan": PLAN}, "around": {"image": ImageFacts(image=NEW)}}, "under no plan"),
    (
        "terms-not-accepted",
        {"model": {"plan": PLAN}, "around": {"image": ImageFacts(image=NEW, plan=PLAN), "terms_accepted": False}},
        "terms of the plan contoso/shop/standard",
    ),
    ("no-way-back", {"job": UNDO, "around": {"before": (Absent(image=OLD, why="404"),)}}, "20 instances run .*1.0.0"),
    ("old-image-gone", {"around": {"before": (Absent(image=OLD, why="404"),)}}, "20 instances run .*not offered"),
    (
        "old-image-gone",
        {"letters": "onnn", "around": {"before": (ImageFacts(image=OLD, end=ImageEnd(ended=True)),)}},
        "1 instance runs .*1.0.0, and it has been deprecated",
    ),
    ("old-image-leaves", {"around": OLD_ENDS}, "which ends on 1972-10-07, in 10 days"),
    (
        "old-image-leaves",
        {"around": {"before": (ImageFacts(image=OLD, excluded_from_latest=True),)}},
        "which is left out of latest",
    ),
    ("locked-read-only", {"around": {"locks": (KEEP, READ_ONLY)}}, "ReadOnly lock 'freeze' on resource group rg"),
    ("locked-can-not-delete", {"around": {"locks": (KEEP,)}}, "CanNotDelete lock 'keep' on subscription"),
    (
        "locked-surge",
        {"around": {"locks": (KEEP,)}, "job": {"surge": Surge(add=Amount(number=1))}},
        "'keep' .* keeps the old instances",
    ),
    (
        "size-not-offered",
        {"around": {"new_size": replace(SIZE, listed=False)}},
        "westus does not offer Standard_D2s_v5",
    ),
    ("size-not-offered", {"around": {"new_size": replace(SIZE, barred=True)}}, "to subscription sub"),
    (
        "size-not-in-zone",
        {"model": {"zones": ("1", "2")}, "around": {"new_size": replace(SIZE, zones=frozenset({"1"}))}},
        "not offered in zone 2 of westus",
    ),
    ("no-quota-for-size", {"around": {"usages": (cores(39),), "new_size": SIZE}}, "need 40 more of .* 39 of 100"),
    ("automatic-mode", {"model": {"upgrade_mode": UpgradeMode.AUTOMATIC}}, "policy Automatic"),
    ("automatic-mode", {"letters": "nnn", "model": {"upgrade_mode": UpgradeMode.AUTOMATIC}, "any_image": True}, "Auto"),
    ("engine-mode", {"job": {"engine": Engine.AZURE}, "pace": {"canary": 0}}, "of a model needs Rolling"),
    ("rolling-mode", {"model": {"upgrade_mode": UpgradeMode.ROLLING}}, "policy Rolling"),
    (
        "rolling-leftovers",
        {
            "model": {"upgrade_mode": UpgradeMode.ROLLING},
            "switch_policy": True,
            "job": {"selection": Selection(update_domains=frozenset({0}))},
        },
        "16 instances would stay",
    ),
    ("downtime", {"letters": "o"}, "1 of 1 instances in service"),
    ("downtime", {"letters": "n", "any_image": True}, "1 of 1 instances in service"),
    ("budget-held", {"letters": "ssoooooooo"}, "2 of 10 instances .* stay so"),
    (
        "budget-held",
        {"letters": "o" * 10, "pace": {"min_healthy": ALL}},
        r"has 10 instances, and no more than 0 .*100% h",
    ),
    ("azure-rolling", {"around": {"rolls_by_itself": True}}, "own rolling upgrade"),
    ("automatic-os-upgrade", {"model": {"automatic_os_upgrade": True}}, "switched on"),
    (
        "automatic-repairs",
        {"model": {"repairs": Repairs(grace_seconds=600, action="Replace")}},
        r"repairs \(Replace\).*600 s, and --health-deadline is 600 s",
    ),
    ("automatic-repairs-on", {"model": {"repairs": Repairs(grace_seconds=601, action="Replace")}}, "601 s"),
    (
        "automatic-repairs-on",
        {"model": {"repairs": Repairs(grace_seconds=600, action="Replace")}, "job": {"others": USUAL}},
        "grace period of 600 s",
    ),
    (
        "autoscale-attached",
        {"around": {"autoscale": (Autoscale(name="cpu", least=2, most=30),)}},
        "'cpu' keeps between 2 and 30",
    ),
    (
        "no-health-source",
        {"model": {"health_source": HealthSource.NONE}, "instances": {"health": None}},
        "nothing judges the health",
    ),
    ("no-verdict", {"instances": {"health": None}}, r"\(load balancer probe\), and none of 20"),
    ("two-health-sources", {"model": {"two_health_sources": True}}, "extension and a load balancer probe"),
    ("unhealthy-instances", {"letters": "xxo" + HEALTHY, "pace": {"max_unavailable": ALL}}, r"2 of 23 .*\(0, 1\)"),
    ("health-now", {"letters": "oooxbo"}, "load balancer probe: 4 healthy, 1 unhealthy, 1 initializing"),
    ("failed-instances", {"letters": "of" + HEALTHY}, r"1 instance has failed \(1\): OSProvisioningTimedOut"),
    ("failed-instances", {"letters": "ff" + HEALTHY}, r"2 instances have failed \(0, 1\)"),
    ("off-instances", {"letters": "s" + HEALTHY}, r"1 of 21 instances is off \(0\)"),
    ("protected-instances", {"letters": "pp" + HEALTHY}, r"2 of 22 .* protected .*\(0, 1\)"),
    (
        "no-such-program",
        {"job": {"hooks": (DRAIN,)}, "around": {"missing_programs": ("drain",)}},
        r"hook drain \(before-instance\) calls drain, which is no program on this machine",
    ),
    ("busy-instances", {"letters": "w" + HEALTHY}, r"1 of 21 instances is being worked on by Azure \(0\)"),
    ("capacity-mismatch", {"model": {"capacity": 21}}, "has 20 instances, and its capacity is 21"),
    ("set-unsettled", {"model": {"provisioning": Provisioning.FAILED}}, "is Failed"),
    ("rounded-up", {"letters": "oooooooo"}, "10% of 8 instances is less than one: 1 may be out, which is 12%"),
    ("whole-set-at-once", {"pace": {"max_unavailable": ALL}, "budget_named": True}, "20 of 20 instances"),
    ("whole-set-at-once", {"pace": {"max_unavailable": Amount(number=50)}, "budget_named": True}, "50 lets 20 of 20"),
    (
        "whole-set-at-once",
        {"letters": "o", "pace": {"max_unavailable": Amount(number=1)}, "budget_named": True},
        "has one instance, and while that is upgraded nobody serves",
    ),
    ("health-deadline-short", {"job": {"deadlines": Deadlines(health=5)}}, "5 s, and no instance .* less than 30 s"),
    ("batch-above-budget", {"pace": {"style": Batches(size=Amount(number=5))}}, "5 is 5 instances, and 2 may be out"),
    ("canary-is-everything", {"pace": {"canary": 20}}, "--canary 20 is all of the 20"),
    (
        "checkpoint-never-reached",
        {"pace": {"checkpoints": (Checkpoint(share=Amount(number=25)),)}},
        "lies beyond the 20 chosen",
    ),
    ("deadline-below-grace", {"model": {"health_grace_seconds": 600.0}}, "600 s, .* initializing for 600 s"),
    (
        "upgrade-deadline-short",
        {"model": {"os_type": "Windows"}, "job": {"deadlines": Deadlines(upgrade=120)}},
        "120 s, .* Windows rarely takes less than 300 s",
    ),
    ("no-quota-for-surge", {"around": {"usages": (cores(3),), "size": SIZE}}, "need 4 of .* 3 of 100 are left"),
    (
        "no-window-fits",
        {"job": {"calendar": WEEKLY}, "pace": {"bake_seconds": 3600.0}, "model": {"os_type": "Windows"}},
        "no window within 400 days is long enough",
    ),
    (
        "no-quota-for-surge",
        {"around": {"usages": (cores(1, "standardDSv5Family"),), "size": SIZE}},
        "2 more of Standard_D2s_v5 need 4",
    ),
    ("no-quota-for-surge", {"around": {"usages": (cores(1, "virtualMachines"),)}}, "need 2 of .* 1 of 100"),
    ("surge-limit", {"letters": "o" * 100, "job": {"surge": Surge(add=Amount(number=1))}}, "no more than 100"),
    ("placement-group-full", {"letters": "o" * 95}, "95 instances in a single placement group, which holds 100"),
    (
        "unread",
        {"around": {"locks": Unread(what="the locks of rg/web", why="Azure answered 403", forbidden=True)}},
        "the locks of rg/web could not be read: Azure answered 403",
    ),
    ("unread", {"around": {"image": Unread(what="image X", why="no answer")}}, "image X could not be read"),
    ("unread", {"around": {"image": replace(GEN2, unread=Unread(what="the one above", why="403"))}}, "the one above"),
]


@pytest.mark.parametrize(
    ("name", "changes", "words"), FINDINGS, ids=[f"{row[0]}-{n}" for n, row in enumerate(FINDINGS)]
)
def test_what_it_takes_for_a_finding(name, changes, words):
    seen = found(**changes)
    assert name in seen
    assert re.search(words, seen[name].fact), seen[name].fact
    assert seen[name].remedy


def test_every_kind_of_finding_has_a_row():
    assert {name for name, _, _ in FINDINGS} == {kind.name for kind in KINDS}
    assert len(KINDS) == len({kind.name for kind in KINDS})


def test_a_healthy_set_has_nothing_but_the_word_of_its_health_source():
    assert list(found()) == ["health-now"]
    everything = Around(
        image=replace(GEN2, end=in_days(30), plan=PLAN, os_type="linux"),
        before=(ImageFacts(image=OLD, generation="V2", end=in_days(30)),),
        locks=(),
        usages=(cores(4), cores(4, "standardDSv5Family"), cores(2, "virtualMachines"), cores(0, "availabilitySets")),
        size=replace(SIZE, architecture="x64"),
        autoscale=(),
        rolls_by_itself=False,
        terms_accepted=True,
    )
    model = {"os_type": "Linux", "plan": replace(PLAN, publisher="Contoso"), "health_grace_seconds": 599.0}
    assert [one.name for one in examine(replace(facts(model=model), around=everything))] == ["health-now"]


@pytest.mark.parametrize(
    ("absent", "changes"),
    [
        pytest.param("downtime", {"letters": "n"}, id="a set of one on the image has nothing to lose"),
        pytest.param("downtime", {"letters": "o", "budget_named": True}, id="downtime that was asked for"),
        pytest.param(
            "automatic-mode",
            {"letters": "nnn", "model": {"image": NEW, "upgrade_mode": UpgradeMode.AUTOMATIC}},
            id="nothing to do under Automatic",
        ),
        pytest.param(
            "automatic-mode",
            {"model": {"upgrade_mode": UpgradeMode.AUTOMATIC}, "switch_policy": True},
            id="a policy that is switched",
        ),
        pytest.param("no-way-back", {"job": UNDO, "around": OLD_ENDS}, id="an old image that is still there"),
        pytest.param(
            "image-ends-soon",
            {"around": {"image": ImageFacts(image=NEW, end=in_days(30))}},
            id="thirty days are enough",
        ),
        pytest.param(
            "wrong-generation", {"around": {"image": GEN2, "size": SizeFacts(name="x")}}, id="a size that is not listed"
        ),
        pytest.param(
            "wrong-architecture",
            {"around": {"image": replace(GEN2, architecture=None), "size": replace(SIZE, architecture="X64")}},
            id="an image that does not say is for x64",
        ),
        pytest.param(
            "plan-mismatch",
            {"model": {"plan": PLAN}, "around": {"image": ImageFacts(image=CUSTOM)}},
            id="a custom image need not tell what it was made of",
        ),
        pytest.param(
            "terms-not-accepted",
            {"around": {"image": ImageFacts(image=NEW, plan=PLAN)}},
            id="terms that nobody asked about",
        ),
        pytest.param(
            "unread",
            {"around": {"image": Unread(what="x", why="403", forbidden=True)}},
            id="an image that blocks is not told twice",
        ),
        pytest.param(
            "placement-group-full",
            {"letters": "o" * 95, "model": {"single_placement_group": False}},
            id="several placement groups",
        ),
        pytest.param("canary-is-everything", {"letters": "onnn"}, id="a canary that is the only one left"),
        pytest.param(
            "no-window-fits", {"job": {"calendar": WEEKLY}}, id="a window of an hour for an upgrade of minutes"
        ),
        pytest.param("no-health-source", {"instances": {"health": None}}, id="a source without a verdict"),
        pytest.param("unhealthy-instances", {"instances": {"health": Health.INITIALIZING}}, id="starting is not ill"),
    ],
)
def test_what_does_not_make_a_finding(absent, changes):
    assert absent not in found(**changes)


def test_without_a_new_image_the_models_own_is_spoken_of():
    image = {"image": ImageFacts(image=OLD, end=ImageEnd(ended=True))}
    assert found(any_image=True, around=image)["image-ended"].fact.startswith("the model's image Contoso")
    assert found(around=image)["image-ended"].fact.startswith("the new image Contoso")


def test_the_heaviest_come_first():
    seen = examine(facts("o", around={"locks": (KEEP,), "usages": Unread(what="quotas", why="403")}))
    assert [one.severity for one in seen] == sorted((one.severity for one in seen), key=list(Severity).index)
    assert [one.name for one in seen][:1] == ["downtime"]


def test_what_blocks_stops_unless_it_is_accepted():
    seen = examine(facts(around={"locks": (READ_ONLY,), "rolls_by_itself": True}))
    with pytest.raises(UnsafeError, match=r"^locked-read-only: .*--accept locked-read-only \(1 more: azure-rolling\)$"):
        refuse_blocked(seen, ())
    with pytest.raises(UnsafeError, match=r"^azure-rolling: .*--accept azure-rolling$"):
        refuse_blocked(seen, ("locked-read-only",))
    refuse_blocked(seen, ("locked-read-only", "azure-rolling"))


def test_a_plan_that_is_unsafe_in_itself_cannot_be_accepted():
    seen = examine(facts("o"))
    assert [one.name for one in stopping(seen, ("downtime",))] == ["downtime"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("locked", "there is no finding 'locked'; those that can be accepted are azure-rolling, image-ended, "),
        ("unread", "is only a warning"),
        ("downtime", "cannot be accepted"),
    ],
)
def test_only_blocking_findings_that_can_pass_are_accepted(name, words):
    with pytest.raises(UsageError, match=words):
        check_accepted([name])


def test_whoever_has_read_the_plan_is_told_nothing_twice():
    seen = examine(facts(around=OLD_ENDS, model={"automatic_os_upgrade": True}))
    assert [one.name for one in worth_telling(seen)] == ["old-image-leaves"]
