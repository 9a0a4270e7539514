"""Finds among the rollouts of a database the one that brought the instances of a set to their image, and what it took.

A plan that compares is told it before it is agreed to; the order keeps it.
"""

from __future__ import annotations

from rollset.core.comparing.former import Former
from rollset.core.plan import Plan
from rollset.engine.durable.database import Database
from rollset.engine.durable.ledger import Ledger, Which
from rollset.engine.former import Timed, timed
from rollset.engine.records import Unreadable, decode_entry, decode_order

ROLLOUTS_MAX = 8
"""So many are read at most, the newest first: one that was stopped early tells of a few instances only."""


def recalled(database: Database, plan: Plan) -> Plan:
    """The plan, knowing how long its instances took before; as it was where nobody compares."""
    return plan if plan.job.compare is None else plan.knowing(_former(Ledger(database), plan))


def _former(ledger: Ledger, plan: Plan) -> Former:
    assert plan.job.compare is not None, "nobody wants to know otherwise"
    least, whys = plan.job.compare.min_instances, list[str]()
    which = Which(scale_set=plan.fleet.scale_set.id.path, ended=True)
    for row in ledger.rollouts(ROLLOUTS_MAX, which):
        found = _timed(ledger, row.id, plan)
        if len(found.took) >= least:
            return Former(rollout=row.id, took=found.took)
        if found.took:
            whys.append(f"{row.id} timed {len(found.took)} of them, and it takes {least}")
        elif found.why is not None:
            whys.append(f"what {row.id} took is nothing to go by: {found.why}")
    return Former(why=whys[0] if whys else "no rollout that is known here brought them to their image")


def _timed(ledger: Ledger, rollout: str, plan: Plan) -> Timed:
    order = ledger.order(rollout)
    if order is None:
        return Timed(took={})
    try:
        entries = [decode_entry(one.text) for one in ledger.entries(rollout)]
        return timed(plan.fleet, plan.job, decode_order(order), entries)
    except Unreadable:
        # Of a rollset that wrote otherwise: then it is as if there had been none.
        return Timed(took={})
