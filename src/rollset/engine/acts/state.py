"""Where an act stands: a fold of its facts, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from rollset.arm.operations import Operation
from rollset.core.acts.act import TRAITS, OnInstances
from rollset.core.ids import InstanceId
from rollset.engine.acts.facts import Closed, Fact, Found, Intended, Refusal, Sent, Watched
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.refusing import TRIES_MAX
from rollset.engine.acts.result import ActResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ActState:
    """The instances of an order are each in one of `pending`, `begun`, `refused`, `left_out`, `stopped` and `unknown`.

    Those of `intended` and `unanswered` are pending as well. A change of the set has no instances: it is `wanting`
    until it has been sent.
    """

    order: ActOrder
    pending: tuple[InstanceId, ...] = ()
    wanting: bool = False
    intended: Intended | None = None
    """A request that may have been sent: the next fact says what was answered, or what was found."""
    unanswered: tuple[InstanceId, ...] = ()
    is_unanswered: bool = False
    """Whether an answer was lost, of which nobody has found out yet what it would have been."""
    intent: Intended | None = None
    """The last one."""
    begun: tuple[InstanceId, ...] = ()
    refused: Mapping[InstanceId, Refusal] = field(default_factory=dict)
    left_out: Mapping[InstanceId, str] = field(default_factory=dict)
    unknown: tuple[InstanceId, ...] = ()
    operations: tuple[Operation, ...] = ()
    sent_at: float | None = None
    watched: Watched | None = None
    until: float = 0.0
    tries: int = 0
    why: Refusal | None = None
    one_by_one: bool = False
    stopped: tuple[InstanceId, ...] = ()
    """For whom it was stopped before Azure was asked."""
    stopped_by: str | None = None
    found_out: bool = False
    """Whether something of it was found by looking, and not answered."""
    request_ids: tuple[str, ...] = ()
    result: ActResult | None = None

    @classmethod
    def begin(cls, order: ActOrder) -> ActState:
        targets = tuple(one.id for one in order.targets)
        return cls(order=order, pending=targets, wanting=not isinstance(order.act, OnInstances))

    @property
    def may_ask(self) -> bool:
        """Whether Azure may be asked once more."""
        return self.tries < TRIES_MAX

    def after(self, fact: Fact) -> ActState:
        match fact:
            case Intended(stopped_by=str() as by):
                return replace(self, pending=(), intended=None, stopped=self.pending, stopped_by=by)
            case Intended():
                left_out = {**self.left_out, **fact.left_out}
                intended = fact if fact.instances or self.wanting else None
                return replace(self, pending=fact.instances, intended=intended, intent=fact, left_out=left_out)
            case Sent():
                return self._sent(fact)
            case Found():
                return self._found(fact)
            case Watched():
                return replace(self, watched=fact)
            case Closed():
                return replace(self, result=fact.result)
            case _:
                assert_never(fact)

    def _sent(self, fact: Sent) -> ActState:
        ids = [one.request_id for one in fact.operations]
        ids += [one.request_id for one in fact.refused.values()] + ([fact.why.request_id] if fact.why else [])
        began = bool(fact.operations)
        return replace(
            self,
            pending=(*fact.again, *fact.unanswered),
            wanting=self.wanting and not began,
            intended=None,
            unanswered=fact.unanswered,
            is_unanswered=fact.is_lost,
            begun=(*self.begun, *fact.begun),
            refused={**self.refused, **fact.refused},
            operations=(*self.operations, *fact.operations),
            sent_at=fact.at if self.sent_at is None and began else self.sent_at,
            until=fact.until,
            tries=self.tries + fact.tries,
            why=fact.why or self.why,
            one_by_one=self.one_by_one or fact.one_by_one,
            request_ids=tuple(dict.fromkeys((*self.request_ids, *(one for one in ids if one is not None)))),
        )

    def _found(self, fact: Found) -> ActState:
        """What does harm when it is asked twice is not asked again; nobody knows then."""
        act = self.order.act
        again = not isinstance(act, OnInstances) or TRAITS[act.action].repeatable
        missing = {*fact.begun, *fact.unseen}
        rest = tuple(one for one in self.pending if one not in missing)
        return replace(
            self,
            pending=(*rest, *fact.unseen) if again else rest,
            wanting=self.wanting and not fact.written,
            intended=None,
            unanswered=(),
            is_unanswered=False,
            begun=(*self.begun, *fact.begun),
            unknown=self.unknown if again else (*self.unknown, *fact.unseen),
            sent_at=self.sent_at if self.sent_at is not None else fact.at,
            tries=self.tries + 1,
            found_out=self.found_out or bool(fact.begun) or fact.written,
        )
