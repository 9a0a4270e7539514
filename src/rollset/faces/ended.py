"""How a rollout ended, as text and as a document."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rollset.core.ids import InstanceId
from rollset.core.image import CustomImage, PlatformImage
from rollset.core.model.form import HIDDEN
from rollset.core.pace import Engine
from rollset.core.plan import Plan, Skipped
from rollset.core.selection import spoken_ids
from rollset.engine.events import Ending, Outcome
from rollset.engine.left import FAILED
from rollset.faces.aims import Aim
from rollset.faces.comparing import comparisons_document
from rollset.faces.documents import Json, change_documents, image_document
from rollset.faces.durations import spoken_duration
from rollset.faces.exactly import short_hash
from rollset.faces.known import Named

IMAGE_FLAGS = ("--image-version", "--image-sku", "--image-id", "--image")


SWITCH = "--switch-policy"

BY_STATE = (Ending.STOPPED, Ending.UNDONE)
"""Endings after which every instance is listed under the state in which it was left."""


def outcome_document(outcome: Outcome, rollout: Named | None, argv: Sequence[str] | None = None) -> Json:
    """The outcome, for machines."""
    commands = dict(next_commands(outcome, rollout, argv))
    aim = Aim.of(outcome.plan, back=rollout is not None and rollout.undoes is not None)
    return {
        "rollout": None if rollout is None else rollout.id,
        "scale_set": outcome.plan.fleet.scale_set.id.path,
        "image": image_document(aim.after),
        "changes": change_documents(aim.changes),
        "plan_hash": outcome.plan.hash,
        "ending": outcome.ending.value,
        "reason": outcome.reason,
        "exit_status": outcome.exit_status,
        "upgraded": list(outcome.upgraded),
        "skipped": [{"id": one.instance, "reason": one.why} for one in _left_alone(outcome)],
        "in_flight": list(outcome.in_flight),
        "failures": [
            {"instance": one.instance, "code": one.error.code, "message": one.error.message} for one in outcome.failures
        ],
        "compared": comparisons_document(outcome.compared),
        "left": {word: list(ids) for word, ids in outcome.left.items()},
        "seconds": round(outcome.seconds, 3),
        "arm_requests": outcome.arm_requests,
        "remarks": list(outcome.remarks),
        "look_with": look_again(outcome.plan),
        "continue_with": commands.get(CONTINUE),
        "undo_with": commands.get(BRING_BACK),
    }


def detached_document(rollout: Named) -> Json:
    """The same for machines."""
    return {
        "rollout": rollout.id,
        "ending": None,
        "watch_with": rollout.command("watch"),
        "wait_with": rollout.command("wait"),
        "stop_with": rollout.command("stop"),
    }


CONTINUE, BRING_BACK = "Continue with", "Bring back with"


def next_commands(outcome: Outcome, rollout: Named | None, argv: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    if outcome.ending is Ending.STARTED:
        yield "Look again with", look_again(outcome.plan)
    if argv is not None and outcome.ending not in (Ending.DONE, Ending.UNDONE) and not _exactly_planned(argv):
        yield CONTINUE, continuing(argv, outcome.plan, outcome.ending)
    if rollout is None or outcome.ending not in (Ending.FAILED, Ending.STOPPED, Ending.INTERRUPTED):
        return
    if rollout.undoes is not None:
        yield CONTINUE, rollout.undo_command
    elif outcome.upgraded or outcome.in_flight or outcome.failures:
        yield BRING_BACK, rollout.undo_command


def _exactly_planned(argv: Sequence[str]) -> bool:
    """Whether the command means one plan alone, whose ground is no more once it was begun."""
    return any(word.partition("=")[0] in ("--plan", "--hash") for word in argv)


def look_again(plan: Plan) -> str:
    """The command that shows how it went on."""
    scale_set = plan.fleet.scale_set.id
    return shlex.join(["rollset", "show", f"{scale_set.subscription}/{scale_set.short}"])


def continuing(argv: Sequence[str], plan: Plan, ending: Ending = Ending.FAILED) -> str:
    """The same command again, to the end, and to the exact image that it meant when it was planned."""
    image = plan.job.image
    words = [_discreet(word) for word in argv if word != "--no-wait"]
    if ending is Ending.STOPPED and plan.job.engine is Engine.AZURE and SWITCH not in words:
        # A stop may have left the set on Manual, in which Azure rolls nothing.
        words.append(SWITCH)
    if isinstance(image, PlatformImage | CustomImage) and image.version is not None:
        version = image.version
        words = [_pinned(word, version) for word in words]
        if not any(word.lower().endswith(version.lower()) for word in words):
            words = _naming(words, image)
    return shlex.join(["rollset", *words])


def _discreet(word: str) -> str:
    """A word without a value that may be secret: whoever runs the command again has it."""
    head, equals, _ = word.removeprefix("--set=").partition("=")
    is_hidden = equals and any(path.lower() == _bare(head) for path in HIDDEN)
    return f"{word[: word.index(head)]}{head}=VALUE" if is_hidden else word


def _bare(path: str) -> str:
    return path.strip().lower().removeprefix("properties.")


def _pinned(word: str, exact: str) -> str:
    head, mark, last = word.rpartition("=" if word.startswith("--image-version=") else ":")
    return f"{head}{mark}{exact}" if last.lower() == "latest" else word


def _naming(words: Sequence[str], image: PlatformImage | CustomImage) -> list[str]:
    """The words with the image named in full: a SKU or a gallery image alone means another version tomorrow."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in IMAGE_FLAGS:
            next(rest, None)
        elif word.partition("=")[0] not in IMAGE_FLAGS:
            kept.append(word)
    full = ["--image", str(image)] if isinstance(image, PlatformImage) else ["--image-id", image.resource_id]
    return [*kept, *full]


def outcome_rows(outcome: Outcome) -> Iterator[tuple[str, str]]:
    if outcome.ending in BY_STATE:
        yield from ((word, _counted(ids)) for word, ids in outcome.left.items() if word != FAILED)
    else:
        yield "upgraded", _counted(outcome.upgraded)
        if left_alone := _left_alone(outcome):
            yield "skipped", _counted([one.instance for one in left_alone])
        if outcome.in_flight:
            yield "in flight", _counted(outcome.in_flight)
    for failure in outcome.failures:
        yield "failed", f"{failure.instance}: {failure.error}"
    for comparison in outcome.compared:
        yield "compared", str(comparison)
    yield "time", spoken_duration(outcome.seconds)
    yield "ARM requests", str(outcome.arm_requests)
    yield "plan", short_hash(outcome.plan.hash)


def _left_alone(outcome: Outcome) -> list[Skipped]:
    """What the plan skipped, without those that were only waited for and have come."""
    come = {*outcome.upgraded, *outcome.in_flight}
    return [one for one in outcome.plan.skipped if one.instance not in come]


def _counted(ids: Sequence[InstanceId]) -> str:
    return f"{len(ids)} ({spoken_ids(ids)})" if ids else "0"


def nothing_to_do(plan: Plan) -> Outcome:
    """The outcome of a plan without steps."""
    skipped = len(plan.skipped)
    return Outcome(
        ending=Ending.DONE,
        reason=f"nothing to do: no chosen instance has to be upgraded to {plan.job.aim} ({skipped} skipped)",
        exit_status=0,
        plan=plan,
        upgraded=(),
        in_flight=(),
        failures=(),
        seconds=0.0,
        arm_requests=0,
    )
