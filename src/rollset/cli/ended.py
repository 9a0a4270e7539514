"""How a rollout ended, as text and as a document."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from rollset.cli.documents import Json, image_document
from rollset.cli.durations import spoken_duration
from rollset.core.ids import InstanceId
from rollset.core.image import CustomImage, PlatformImage
from rollset.core.plan import Plan, Skipped
from rollset.core.selection import spoken_ids
from rollset.engine.events import Ending, Outcome

TITLES = {
    Ending.DONE: ("Done", "bold green"),
    Ending.FAILED: ("Failed", "bold red"),
    Ending.INTERRUPTED: ("Interrupted", "bold yellow"),
    Ending.STARTED: ("Started", "bold"),
}


IMAGE_FLAGS = ("--image-version", "--image-sku", "--image-id", "--image")


def print_outcome(outcome: Outcome, console: Console, argv: Sequence[str]) -> None:
    """The summary, and what to run next unless all is done."""
    title, style = TITLES[outcome.ending]
    reason = outcome.reason.removeprefix(f"{title.lower()}: ")
    console.print()
    console.print(Text.assemble((title, style), f": {reason}"))
    for label, words in _rows(outcome):
        console.print(f"  {label:<13} {words}")
    for remark in outcome.remarks:
        console.print(Text(f"note: {remark}", style="bold"))
    if outcome.ending is Ending.STARTED:
        console.print(f"Look again with:  {look_again(outcome.plan)}", soft_wrap=True)
    if outcome.ending is not Ending.DONE:
        # Not broken into lines: the first line of a broken command is a command too, and means something else.
        console.print(f"Continue with:    {continuing(argv, outcome.plan)}", soft_wrap=True)


def outcome_document(outcome: Outcome, argv: Sequence[str]) -> Json:
    """The outcome, for machines."""
    done = outcome.ending is Ending.DONE
    return {
        "scale_set": outcome.plan.fleet.scale_set.id.path,
        "image": image_document(outcome.plan.job.image),
        "ending": outcome.ending.value,
        "reason": outcome.reason,
        "exit_status": outcome.exit_status,
        "upgraded": list(outcome.upgraded),
        "skipped": [{"id": one.instance, "reason": one.why} for one in _left_alone(outcome)],
        "in_flight": list(outcome.in_flight),
        "failures": [
            {"instance": one.instance, "code": one.error.code, "message": one.error.message} for one in outcome.failures
        ],
        "seconds": round(outcome.seconds, 3),
        "arm_requests": outcome.arm_requests,
        "remarks": list(outcome.remarks),
        "look_with": look_again(outcome.plan),
        "continue_with": None if done else continuing(argv, outcome.plan),
    }


def look_again(plan: Plan) -> str:
    """The command that shows how it went on."""
    scale_set = plan.fleet.scale_set.id
    return shlex.join(["rollset", "show", f"{scale_set.subscription}/{scale_set.short}"])


def continuing(argv: Sequence[str], plan: Plan) -> str:
    """The same command again, to the end, and to the exact image that it meant when it was planned."""
    image = plan.job.image
    words = [word for word in argv if word != "--no-wait"]
    if isinstance(image, PlatformImage | CustomImage) and image.version is not None:
        version = image.version
        words = [_pinned(word, version) for word in words]
        if not any(word.lower().endswith(version.lower()) for word in words):
            words = _naming(words, image)
    return shlex.join(["rollset", *words])


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


def _rows(outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield "upgraded", _counted(outcome.upgraded)
    if left_alone := _left_alone(outcome):
        yield "skipped", _counted([one.instance for one in left_alone])
    if outcome.in_flight:
        yield "in flight", _counted(outcome.in_flight)
    for failure in outcome.failures:
        yield "failed", f"{failure.instance}: {failure.error}"
    yield "time", spoken_duration(outcome.seconds)
    yield "ARM requests", str(outcome.arm_requests)


def _left_alone(outcome: Outcome) -> list[Skipped]:
    """What the plan skipped, without those that were only waited for and have come."""
    come = {*outcome.upgraded, *outcome.in_flight}
    return [one for one in outcome.plan.skipped if one.instance not in come]


def _counted(ids: Sequence[InstanceId]) -> str:
    return f"{len(ids)} ({spoken_ids(ids)})" if ids else "0"
