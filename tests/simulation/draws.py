"""What one seed stands for: the fleet, the pace, what goes wrong, what others do, what operators order, and crashes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random

from rollset.core.amount import Amount
from rollset.core.care import Care, Protected, Stopped
from rollset.core.change import UNCHANGED, ImageChange, VersionChange
from rollset.core.comparing.compare import Compare, ComparedGate, Worse
from rollset.core.control import Verb
from rollset.core.failing import NOT_ONE, OnFailure, Tolerance
from rollset.core.ids import InstanceId
from rollset.core.model.change import NO_CHANGE, gather, parse_setting
from rollset.core.order import Order
from rollset.core.others import OtherActors, WhileRolling
from rollset.core.pace import Batches, Checkpoint, Engine, Pace, Window
from rollset.core.surging.surge import Fallback, Surge
from rollset.core.when.calendar import ALWAYS, Calendar
from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow
from tests.simulation.crash import Point
from tests.simulation.deeds import DEEDS, ONCE, Deed
from tests.simulation.liars import LOAD, drawn_outside
from tests.simulation.plans import Between, drawn_between
from tests.support.virtual import EPOCH

OLD, OLDER, NEW, NEWER = "4.0.20160126", "4.0.20151214", "4.0.20160229", "4.0.20160331"
URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter"

STATUSES = (408, 429, 500, 502, 503, 504)
SETS = "virtualMachineScaleSets"

ODD_ONES = (
    (0.04, {"protected": True}),
    (0.07, {"power": "deallocated"}),
    (0.11, {"health": "unhealthy"}),
    (0.16, {"image_version": NEW}),
    (0.24, {"image_version": OLDER}),
)


@dataclass(frozen=True, kw_only=True)
class Script:
    """Everything that happens in one simulated rollout but what rollset itself decides."""

    seed: int
    capacity: int
    members: dict
    pace: Pace
    calendar: Calendar
    change: ImageChange
    policy: dict
    """What else the wish asks for, by its members' names."""
    burdens: bool
    """Whether the new image makes instances slower than the old one, by more than any two differ."""
    repairs: str | None
    """What Azure does by itself to instances that stay sick."""
    surge: Surge | None
    throttle: bool
    faults: tuple[tuple[float, dict], ...]
    """With the moment from which each is in force."""
    deeds: tuple[Deed, ...]
    orders: tuple[tuple[float, Verb], ...]
    crashes: tuple[Point | float, ...]
    """One for each run but the last: a point, or the age in seconds at which the run ends."""
    downtimes: tuple[float, ...]
    calm_at: float
    """From here on nothing goes wrong any more."""
    os_upgrade: bool = False
    """Azure brings the set to the newest image by itself, some hours after one has come out or that was switched on."""
    between: Between | None = None
    """Given where a plan is saved first, and carried out later."""
    unsteady: dict | None = None
    """But for this: an instance that works and fails in turns, for ever."""


@dataclass
class _Drawing:
    luck: Random
    shapes: Random
    capacity: int
    until: float
    deeds: list = field(default_factory=list)

    def moment(self):
        return self.luck.uniform(0.0, self.until)

    def some(self):
        return [str(self.luck.randrange(self.capacity))]


def drawn(seed: int) -> Script:
    """The script of a seed; the same for the same seed."""
    luck = Random(seed)
    capacity = luck.choice([2, 3, 3, 4, 5, 5, 6, 8, 10, 14])
    if luck.random() < 0.02:
        capacity = luck.choice([40, 120])
    draw = _Drawing(luck, Random(f"shape {seed}"), capacity, until=luck.uniform(1200.0, 3600.0) + 240.0 * capacity)
    members = _members(draw)
    script = Script(
        seed=seed,
        capacity=capacity,
        members=members,
        pace=_stricter(_pace(draw), seed, capacity),
        surge=_surge(Random(f"surge {seed}")),
        policy={
            "on_failure": OnFailure.UNDO if luck.random() < 0.25 else OnFailure.STOP,
            **_policy(seed),
            "model": _model(seed, members),
        },
        change=_change(seed, members),
        throttle=luck.random() < 0.3,
        faults=(
            *((draw.moment(), _fault(draw)) for _ in range(luck.choice([0, 0, 1, 1, 2, 3, 5]))),
            *_shortages(Random(f"room {seed}"), draw.until),
            *_failing_extensions(Random(f"extension {seed}"), draw.until),
        ),
        deeds=_deeds(draw),
        orders=_orders(draw),
        crashes=_crashes(draw),
        downtimes=tuple(luck.choice([0.0, 1.0, 20.0, 300.0, 1800.0]) for _ in range(CRASHES_MAX)),
        calm_at=draw.until,
        burdens=not _model(seed, members) and Random(f"burden {seed}").random() < 0.6,
        # Last, so that older seeds tell the same story.
        calendar=_calendar(draw),
        repairs=luck.choice([None, None, "Replace", "Reimage", "Restart"]),
        between=drawn_between(Random(f"plan {seed}")),
    )
    script = _upgraded_by_azure(Random(f"os upgrade {seed}"), _with_an_unsteady_one(seed, script))
    return _left_to_azure(Random(f"engine {seed}"), script)


def _upgraded_by_azure(luck, script):
    """Of some sets Azure upgrades the OS by itself: that is suspended for the time of the rollout."""
    if luck.random() >= 0.15 or script.members["health"] == "none":
        return script
    others = OtherActors(repairs=WhileRolling.SUSPEND, os_upgrade=WhileRolling.SUSPEND)
    return replace(script, os_upgrade=True, policy={**script.policy, "others": others})


def _with_an_unsteady_one(seed, script):
    """Drawn apart, so that older seeds stay what they were. Mostly it never works for as long as a bake takes."""
    luck = Random(f"unsteady {seed}")
    if luck.random() >= 0.08:
        return script
    turns = {"down": luck.choice([40.0, 90.0, 200.0]), "up": luck.choice([45.0, 80.0, 400.0])}
    one = {"kind": "flaps", "set": "rg/web", "instances": [str(luck.randrange(script.capacity))], **turns}
    pace = replace(
        script.pace, bake_seconds=luck.choice([120.0, 120.0, 0.0]), bake_end_seconds=luck.choice([0.0, 300.0])
    )
    return replace(script, unsteady=one, pace=pace, faults=((0.0, one), *script.faults))


def _left_to_azure(luck, script):
    """Some rollouts are carried out by Azure's own rolling upgrade: with what that can be told, on sets that it takes."""
    members = {name: state for name, state in script.members["instances"].items() if "power" not in state}
    health = script.members["health"]
    fits = health != "none" and (health == "extension" or script.members.get("orchestration") != "Flexible")
    if luck.random() >= 0.15 or not fits:
        return script
    most = luck.choice(
        [Amount(number=10, percent=True), Amount(number=luck.randint(1, 4)), Amount(number=50, percent=True)]
    )
    pace = Pace(
        max_unavailable=most,
        style=Batches(size=most, pause_seconds=luck.choice([0.0, 0.0, 120.0])),
        canary=0,
        across_domains=luck.random() < 0.3,
        bake_end_seconds=script.pace.bake_end_seconds,
    )
    shape = {**script.members, "instances": members, "upgrade_policy": luck.choice(["Rolling", "Rolling", "Manual"])}
    policy = {"engine": Engine.AZURE, "on_failure": luck.choice([OnFailure.STOP, OnFailure.STOP, OnFailure.UNDO])}
    return replace(script, policy=policy, pace=pace, members=shape, calendar=ALWAYS, surge=None, os_upgrade=False)


SMALL, LARGE = "Standard_D2s_v3", "Standard_D4s_v3"


def _model(seed, members):
    """What else than the image is changed; drawn apart, so that older seeds stay what they were.

    Of members of Flexible sets Azure tells no more than image and size.
    """
    luck = Random(f"model {seed}")
    if luck.random() < 0.75:
        return NO_CHANGE
    tag = parse_setting("tags.release=7")
    licence = parse_setting("virtualMachineProfile.licenseType=Windows_Server")
    if members.get("orchestration") == "Flexible":
        return gather(LARGE, luck.choice([(), tag]))
    return luck.choice([gather(LARGE, ()), gather(LARGE, tag), gather(None, licence), gather(LARGE, (*licence, *tag))])


def _change(seed, members):
    """Mostly another image; where more is changed, sometimes that alone."""
    stays = _model(seed, members) and Random(f"image {seed}").random() < 0.4
    return UNCHANGED if stays else VersionChange(version=NEW)


def _members(draw):
    luck, instances = draw.luck, {}
    for number in range(draw.capacity):
        chance = luck.random()
        odd = next((state for share, state in ODD_ONES if chance < share), None)
        if odd is not None:
            instances[str(number)] = odd
    health = luck.choice(["load-balancer", "extension", "extension", "none"])
    mode = "Manual" if health == "none" else luck.choice(["Manual", "Manual", "Manual", "Automatic", "Rolling"])
    members = {
        "capacity": draw.capacity,
        "image": f"{URN}:{OLD}",
        "fault_domains": luck.choice([1, 5]),
        "instances": instances,
        "upgrade_policy": mode,
        "health": health,
        "single_placement_group": draw.capacity <= 100,
    }
    return {**members, **_shape(draw.shapes, mode, draw.capacity)}


def _shape(luck, mode, capacity):
    """How the set is made up, where it is no regional Uniform one; drawn apart, so that older seeds stay what they were."""
    zones = {"zones": ["1", "2", "3"][: luck.randint(1, 3)]} if luck.random() < 0.2 else {}
    if luck.random() < 0.2:
        flexible = {"orchestration": "Flexible", "single_placement_group": None}
        domains = 1 if zones else luck.choice([1, 3])
        extension = {"health": "extension"} if mode == "Rolling" else {}
        return {**zones, **flexible, **extension, "fault_domains": domains}
    return {**zones, "single_placement_group": False} if zones and capacity > 1 else {}


def _pace(draw):
    luck = draw.luck
    batches = Batches(size=Amount(number=luck.randint(1, 6)), pause_seconds=luck.choice([0.0, 60.0]))
    checkpoints = [
        Checkpoint(share=Amount(number=share, percent=True), wait_seconds=luck.choice([None, 0.0, 300.0]))
        for share in sorted(luck.sample([10, 25, 50, 75, 90], k=luck.choice([0, 0, 0, 1, 2])))
    ]
    return Pace(
        max_unavailable=luck.choice(
            [Amount(number=10, percent=True), Amount(number=luck.randint(1, 4)), Amount(number=50, percent=True)]
        ),
        style=luck.choice([Window(), Window(), batches]),
        canary=luck.choice([1, 1, 1, 2]),
        across_domains=luck.random() < 0.3,
        order=luck.choice(list(Order)),
        bake_seconds=luck.choice([0.0, 0.0, 0.0, 120.0]),
        bake_end_seconds=luck.choice([0.0, 0.0, 600.0]),
        checkpoints=tuple(checkpoints),
    )


def _calendar(draw):
    """Mostly none; else windows of half an hour or more, every two or three hours, and perhaps a freeze."""
    luck = draw.luck
    if luck.random() < 0.75:
        return ALWAYS
    window = MaintenanceWindow(
        cron=f"{luck.randrange(60)} */{luck.choice([2, 3])} * * *", seconds=60.0 * luck.randint(30, 90), zone="UTC"
    )
    begins, lasts = EPOCH + draw.moment(), luck.uniform(600.0, 20_000.0)
    freeze = Freeze(begins=_utc(begins), ends=_utc(begins + lasts), zone="UTC")
    return Calendar(windows=(window,), freezes=(freeze,) if luck.random() < 0.3 else ())


def _utc(at):
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M}"


def _policy(seed):
    """Most rollouts have none of these."""
    luck = Random(f"policy of {seed}")
    policy = {}
    if luck.random() < 0.25:
        most = luck.choice([NOT_ONE, Amount(number=1), Amount(number=20, percent=True)])
        policy["tolerance"] = Tolerance(max_failures=most, retries=luck.choice([0, 1, 2]))
    if luck.random() < 0.1:
        policy["on_failure"] = OnFailure.CONTINUE
    if luck.random() < 0.3:
        policy["care"] = Care(
            protected=luck.choice(list(Protected)),
            protected_seconds=luck.choice([600.0, 3600.0]),
            stopped=luck.choice(list(Stopped)),
        )
    if luck.random() < 0.1:
        policy["repair"] = True
    asks = False
    if Random(f"compare {seed}").random() < 0.3:
        asks = _surge(Random(f"surge {seed}")) is None and Random(f"load {seed}").random() < 0.7
        gates = (ComparedGate(gate=LOAD.name, worse=Worse.HIGHER),) if asks else ()
        # So lavish that small sets come to a verdict.
        policy["compare"] = Compare(min_instances=2, alpha=0.5, gates=gates)
    return {**policy, **drawn_outside(seed, compares=asks)}


def _stricter(pace, seed, capacity):
    luck = Random(f"pace of {seed}")
    if luck.random() < 0.15:
        pace = replace(pace, min_healthy=luck.choice([Amount(number=50, percent=True), Amount(number=1)]))
    if luck.random() < 0.15:
        pace = replace(pace, first=tuple(InstanceId(str(luck.randrange(capacity))) for _ in range(2)))
    if isinstance(pace.style, Batches) and luck.random() < 0.5:
        growth = luck.choice([(1,), (1, 2), (2, 1)])
        pace = replace(pace, style=replace(pace.style, growth=tuple(Amount(number=n) for n in growth)))
    return pace


def _surge(luck):
    """Drawn apart, so that a seed stays what it was in all else."""
    if luck.random() < 0.65:
        return None
    amount = luck.choice([Amount(number=1), Amount(number=luck.randint(1, 4)), Amount(number=50, percent=True)])
    return Surge(add=amount, fallback=luck.choice(list(Fallback)))


SHORTAGES = (
    {"kind": "quota-exceeded"},
    {"kind": "allocation-fails"},
    {"kind": "allocation-fails", "code": "SubnetIsFull"},
)


def _shortages(luck, until):
    """Times without room for more instances."""
    if luck.random() < 0.7:
        return ()
    one = luck.choice(SHORTAGES) | luck.choice([{"times": 1}, {"lasts": 600.0}, {}])
    return ((luck.uniform(0.0, until), one),)


def _failing_extensions(luck, until):
    """Mostly none; else the health extension itself says that it has failed, which makes nobody unhealthy."""
    if luck.random() < 0.8:
        return ()
    where = luck.choice([{"image": NEW}, {"image": NEW, "share": 0.5}, {"share": 0.5}, {"lasts": 1200.0}])
    return ((luck.uniform(0.0, until / 2), {"kind": "extension-fails", "extension": "health", **where}),)


def _fault(draw):
    luck = draw.luck
    one = {"set": "rg/web", "instances": draw.some()}
    lasts = {"lasts": luck.choice([30.0, 300.0, 1500.0])}
    return luck.choice(
        [
            {"kind": "http", "status": luck.choice(STATUSES), "times": luck.randint(1, 12), "skip": luck.randint(0, 9)},
            {"kind": "http", "status": 429, "retry_after": luck.choice([5, 60]), "times": luck.randint(1, 3)},
            {"kind": "storm", "share": luck.choice([0.2, 0.6, 0.95]), **lasts},
            {"kind": "lost-reply", "method": luck.choice(["GET", "PATCH", "POST"]), "path_contains": SETS}
            | {"times": luck.randint(1, 4), "skip": luck.randint(0, 4)},
            {"kind": "dropped", "method": luck.choice(["GET", "PATCH", "POST"]), "path_contains": SETS}
            | {"times": luck.randint(1, 4), "skip": luck.randint(0, 4)},
            {"kind": "slow", "seconds": luck.choice([5.0, 40.0, 200.0]), "share": 0.3, **lasts},
            {"kind": "stale-lists", "seconds": luck.choice([10.0, 20.0]), **lasts},
            {"kind": "expire-operations", "which": luck.choice(["new", "known"])},
            {"kind": "operations-hang", **lasts},
            {"kind": "upgrade-fails", "times": 1, **one},
            {"kind": "boots-unhealthy", **one, **lasts},
            {"kind": "hangs", **one},
            {"kind": "flaps", **one, **lasts},
            {"kind": "bad-image", "image": NEW, "share": luck.choice([0.1, 0.5]), "effect": "unhealthy", **lasts},
        ]
    )


def _deeds(draw):
    luck = draw.luck
    count = luck.choice([0, 0, 0, 1, 2, 4, 8])
    deeds = [Deed(at=draw.moment(), what=luck.choice(DEEDS), whom=luck.randrange(1000)) for _ in range(count)]
    if luck.random() < 0.08:
        deeds.append(Deed(at=draw.moment(), what=luck.choice(ONCE), whom=0))
    return tuple(sorted(deeds, key=lambda deed: deed.at))


def _orders(draw):
    luck = draw.luck
    verbs = luck.choice(
        [
            *((),) * 6,
            (Verb.PAUSE, Verb.RESUME),
            (Verb.PAUSE, Verb.RESUME, Verb.PAUSE),
            (Verb.STOP,),
            (Verb.PAUSE, Verb.STOP),
            (Verb.UNDO,),
            (Verb.UNDO, Verb.STOP),
            (Verb.STOP, Verb.UNDO),
            (Verb.PAUSE, Verb.UNDO, Verb.RESUME),
        ]
    )
    # Most rollouts are over well before all is calm.
    return tuple(zip(sorted(0.6 * draw.moment() for _ in verbs), verbs, strict=True))


CRASHES_MAX = 60


def _crashes(draw):
    luck = draw.luck
    if luck.random() < 0.05:
        # At every step: each run lives for one turn, or less.
        return tuple(_point(luck, "turn", 1) for _ in range(CRASHES_MAX))
    return tuple(
        luck.uniform(0.0, draw.until / 2)
        if luck.random() < 0.3
        else _point(luck, luck.choice(["turn", "request", "request"]), luck.randint(1, 25))
        for _ in range(luck.choice([0, 0, 1, 2, 5]))
    )


def _point(luck, what, count):
    return Point(what=what, count=count, when=luck.choice(["before", "middle", "after"]))
