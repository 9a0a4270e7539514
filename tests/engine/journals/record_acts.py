"""Records `restart.json` and `conflict.json`: acts as this rollset keeps them. To be run once for each form."""

import asyncio
import json
from pathlib import Path

from rollset.core.acts.act import Action, Edit, Scale
from rollset.core.change import VersionChange
from rollset.core.model.change import ModelChange
from rollset.engine.journal import MemoryJournal
from tests.engine.stage import NEW
from tests.engine.test_acts import a_scene, on
from tests.support.virtual import VirtualLoop

HERE = Path(__file__).parent


def write(name: str, order: str, kept: list[str]) -> None:
    (HERE / f"{name}.json").write_text(json.dumps({"order": order, "entries": kept}, indent=1) + "\n")


async def record() -> None:
    async with a_scene() as scene:
        order, journal = await scene.order(on(Action.RESTART, "0", "1")), MemoryJournal()
        await scene.carry(order, journal)
        write("restart", order, journal.kept)
    async with a_scene() as scene:
        edit = Edit(image=VersionChange(version=NEW), model=ModelChange(vm_size="Standard_D4s_v5"), capacity=9)
        order, journal = await scene.order(edit), MemoryJournal()
        await scene.do(Scale(capacity=5))
        await scene.carry(order, journal)
        write("conflict", order, journal.kept)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(record())
