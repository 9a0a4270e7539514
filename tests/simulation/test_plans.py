"""What a saved plan promises, carried out in a world that stays as it is: exactly that happens, whatever the plan.

Sibling of test_simulation.py, where the world moves as well.
"""

from dataclasses import replace

import pytest

from rollset.core.pace import Batches, Engine
from rollset.core.when.calendar import ALWAYS
from rollset.engine.events import Ending
from tests.simulation.draws import drawn
from tests.simulation.plans import Between
from tests.simulation.play import Report, Stage


def calm(seed):
    """The script of a seed without anybody else in it; crashes of our own stay."""
    script = drawn(seed)
    return replace(
        script,
        calendar=ALWAYS,
        faults=(),
        deeds=(),
        orders=(),
        repairs=None,
        os_upgrade=False,
        throttle=False,
        calm_at=48 * 3600.0,
        between=Between(seconds=600.0),
    )


@pytest.mark.parametrize("seed", range(40))
async def test_a_saved_plan_is_carried_out_step_by_step_as_it_was_agreed_to(seed):
    stage, report = Stage(calm(seed)), Report(seed=seed)
    stage.outside.share = 0.0
    await stage.play(report, with_next=False)
    assert report.objections == []
    plan, going, sent = stage.saved.plan, list(stage.saved.plan.upgrades), stage.referee.sent
    if plan.job.engine is Engine.AZURE:
        sent = [{one.id for one in stage.scale_set.instances.values() if one.upgrades}]
        assert report.ending is not Ending.DONE or sent == [set(going)]
        return
    for ids in sent:
        assert ids == set(going[: len(ids)]), "in the order of the plan"
        going = going[len(ids) :]
    assert going == [] or report.ending is not Ending.DONE
    if isinstance(plan.job.pace.style, Batches) and plan.job.surge is None:
        assert sent == [set(step.instances) for step in plan.steps][: len(sent)]
