"""A plan as text and as a document: what would happen, to whom, in which step, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rollset.core.budget import Budget
from rollset.core.checkpoints import thresholds
from rollset.core.errors import RollsetError
from rollset.core.failing import OnFailure
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Batches
from rollset.core.plan import Plan, Step
from rollset.core.selection import spoken_ids
from rollset.faces.comparing import compare_document
from rollset.faces.documents import Json, change_documents, image_document
from rollset.faces.durations import spoken_duration
from rollset.faces.exactly import exact_document
from rollset.faces.words import image_change, plural

NAMES_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Steps that follow each other, with the same domain and reason."""

    first: int
    last: int
    domain: str | None
    instances: tuple[InstanceId, ...]
    at_once: int
    why: str

    @property
    def steps(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def plan_document(plan: Plan, refusal: RollsetError | None, notes: Sequence[str] = ()) -> Json:
    """The same for machines: an entry for every instance that the selection means."""
    scale_set, budget = plan.fleet.scale_set, plan.budget
    return {
        "scale_set": scale_set.id.path,
        "upgrade_policy": scale_set.upgrade_mode.value,
        "image": {"before": image_document(scale_set.image), "after": image_document(plan.job.image)},
        "changes": change_documents(plan.changes),
        "model_changes": not plan.model_is_there,
        "selection": str(plan.job.selection),
        "order": plan.job.pace.order.value,
        "at_once": plan.at_once,
        "budget": {
            "total": budget.total,
            "in_service": budget.in_service,
            "out": budget.out,
            "allowed": budget.allowed,
        },
        "checkpoints": list(_checkpoints(plan)),
        **exact_document(plan),
        "bake_seconds": plan.job.pace.bake_seconds,
        "bake_end_seconds": plan.job.pace.bake_end_seconds,
        "on_failure": plan.job.on_failure.value,
        "compare": None if plan.job.compare is None else compare_document(plan.job.compare),
        "surge": _surge(plan),
        "instances": list(_instances(plan)),
        "notes": [*notes, *plan.notes],
        "refused": None if refusal is None else str(refusal),
        "nothing_to_do": plan.nothing_to_do,
    }


def _surge(plan: Plan) -> Json | None:
    surge = plan.job.surge
    if surge is None:
        return None
    return {"add": surge.add.of(plan.budget.total), "fallback": surge.fallback.value}


def _checkpoints(plan: Plan) -> Iterator[Json]:
    for threshold in thresholds(plan.situation):
        yield {
            "number": threshold.number,
            "share": str(threshold.checkpoint),
            "instances": threshold.instances,
            "of": threshold.chosen,
            "wait_seconds": threshold.checkpoint.wait_seconds,
        }


def _instances(plan: Plan) -> Iterator[Json]:
    for number, step in enumerate(plan.steps, start=1):
        for one in step.instances:
            place = plan.fleet.by_id[one].place
            yield {
                "id": one,
                "action": "upgrade" if plan.job.surge is None else "replace",
                "step": number,
                "reason": step.why,
                "update_domain": place.update_domain,
                "fault_domain": place.fault_domain,
                "zone": place.zone,
                "image": image_document(plan.fleet.by_id[one].image),
            }
    waited_for = set(plan.unproven)
    for skipped in plan.skipped:
        place = plan.fleet.by_id[skipped.instance].place
        yield {
            "id": skipped.instance,
            "action": "wait" if skipped.instance in waited_for else "skip",
            "step": None,
            "reason": skipped.why,
            "update_domain": place.update_domain,
            "fault_domain": place.fault_domain,
            "zone": place.zone,
            "image": image_document(plan.fleet.by_id[skipped.instance].image),
        }


def image_words(plan: Plan) -> str:
    before = plan.fleet.scale_set.image
    words = image_change(before, plan.job.image)
    return f"{words} (the model names it already)" if same_image(before, plan.job.image) else words


def pace_words(plan: Plan) -> str:
    pace, budget = plan.job.pace, plan.budget
    order = f"{pace.order.words} by {pace.order.words}" if pace.order.by_domain else f"{pace.order.words} first"
    order += ", overlapping" if pace.across_domains and pace.order.by_domain else ""
    order += f", but {_in_turn(pace.first)} before all" if pace.first else ""
    words = [order, f"at most {budget.allowed} of {budget.total} out at once ({pace.limits})"]
    if isinstance(pace.style, Batches):
        words.append(_batch_words(pace.style, budget))
        words += [f"{pace.style.pause_seconds:.0f} s between them"] if pace.style.pause_seconds else []
    else:
        words.append("the next leaves as soon as one is back")
    if pace.bake_seconds:
        words.append(f"each holds its place until it has been healthy for {spoken_duration(pace.bake_seconds)}")
    if pace.bake_end_seconds:
        words.append(f"all must stay healthy for {spoken_duration(pace.bake_end_seconds)} at the end")
    if plan.job.surge is not None:
        many = plan.job.surge.add.of(budget.total)
        words[1] = f"up to {many} more than {budget.total} at once, and none less ({plan.job.surge.add})"
        words[0] = "those that serve nobody first"
    if plan.job.compare is not None:
        least, numbers = plan.job.compare.min_instances, [one.gate for one in plan.job.compare.gates]
        also = f", also by the numbers of {' and '.join(numbers)}" if numbers else ""
        words.append(f"the upgraded are compared with the rest, once there are {least} of each{also}")
    return "; ".join([*words, *_failure_words(plan)])


def _in_turn(first: Sequence[InstanceId]) -> str:
    """In the order in which they go, as long as one would read that."""
    return ", ".join(first) if len(first) <= NAMES_MAX else spoken_ids(first)


def _failure_words(plan: Plan) -> Iterator[str]:
    """What a failure means, where it does not simply end the rollout."""
    tolerance = plan.job.tolerance
    if tolerance.retries:
        times = "once" if tolerance.retries == 1 else f"{tolerance.retries} times"
        yield f"a failed one is tried again, {times} at most"
    most = tolerance.failures_max(len(plan.situation.chosen))
    which = f"more than {plural(most, 'failure')}" if most else "a failure"
    match plan.job.on_failure:
        case OnFailure.UNDO:
            yield f"{which} {'bring' if most else 'brings'} back what was upgraded"
        case OnFailure.CONTINUE:
            yield "failures do not end it"
        case OnFailure.STOP if most:
            yield f"{which} end it"
        case OnFailure.STOP:
            pass


def _batch_words(batches: Batches, budget: Budget) -> str:
    growing = [str(min(one.of(budget.total), budget.allowed)) for one in batches.growth]
    words = f"batches of {min(batches.size.of(budget.total), budget.allowed)}"
    return f"{words} after {', '.join(growing)}" if growing else words


def totals(plan: Plan) -> str:
    words = [f"{plural(len(plan.upgrades), 'instance')} to upgrade, at most {plan.at_once} at once"]
    words += [f"{len(plan.skipped)} skipped"] if plan.skipped else []
    return "; ".join([*words, f"{plan.budget.in_service} of {plan.budget.total} in service now"])


def stretches(steps: Sequence[Step]) -> Iterator[Stretch]:
    """Draws together what would be said alike, so that the plan for 1,000 instances can be read."""
    numbered = enumerate(steps, start=1)
    for (domain, why), group in groupby(numbered, key=lambda item: (item[1].domain, _reason(item[1]))):
        members = list(group)
        yield Stretch(
            first=members[0][0],
            last=members[-1][0],
            domain=domain,
            instances=tuple(one for _, step in members for one in step.instances),
            at_once=max(len(step.instances) for _, step in members),
            why=why,
        )


def _reason(step: Step) -> str:
    """Why, without the number that stands beside it."""
    return step.why.removeprefix(f"{len(step.instances)} ")
