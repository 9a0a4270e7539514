#!/usr/bin/env python3
"""Makes docs/images/heatmap.svg from a real run: the demo, as its live view shows it when nine of twenty are done."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from rich.console import Console, Group
from rich.terminal_theme import TerminalTheme

from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.cli.demo import GROUP, NAME, TEMPO, TIME_SCALE, VERSION, environment
from rollset.cli.frame import Frames, Moment
from rollset.cli.traffic import Traffic
from rollset.core.change import VersionChange
from rollset.core.ids import ScaleSetId
from rollset.emulator.fleet import default_fleet
from rollset.emulator.server import EmulatorServer, Ready
from rollset.engine.events import Event
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.rollout import Rollout
from rollset.engine.state import State
from rollset.faces.marks import Mark
from rollset.faces.story import Story

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "heatmap.svg"
COLUMNS, ROWS = 78, 24
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
DONE, OUT = 9, 2
"""The moment of the picture: so many are done, and so many are out."""

# fmt: off
THEME = TerminalTheme(
    (24, 26, 31), (214, 218, 224),
    [(24, 26, 31), (214, 78, 90), (118, 190, 104), (214, 176, 96),
     (92, 152, 230), (182, 104, 202), (80, 190, 200), (214, 218, 224)],
    [(92, 99, 112), (255, 110, 120), (150, 220, 130), (250, 204, 92),
     (120, 180, 255), (220, 130, 240), (110, 220, 230), (255, 255, 255)],
)
# fmt: on


async def roll_until_the_moment(ready: Ready) -> Console:
    """Rolls the demo's scale set under traffic, and draws one frame when the moment has come."""
    traffic = Traffic(f"{ready.http}/emulator/lb/{GROUP}/{NAME}/")
    scale_set = ScaleSetId(subscription=ready.subscription_id, resource_group=GROUP, name=NAME)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    async with Azure.open(Endpoint.parse(ready.http)) as azure, traffic.flowing():
        plan = await prepare(azure, Wish(scale_set=scale_set, change=VersionChange(version=VERSION)))
        story = Story.of(State.begin(Order.of(plan, id="demo", by="", begun_at=0.0)))
        began, taken = asyncio.get_running_loop().time(), False

        def tell(event: Event) -> None:
            nonlocal taken
            story.take(event)
            if not taken and story.done >= DONE and story.counts[Mark.OUT] == OUT:
                taken = True
                seconds = asyncio.get_running_loop().time() - began
                moment = Moment(seconds=seconds, arm_requests=azure.requests, extra=str(traffic))
                console.print(Group(*Frames(story).lines(moment, COLUMNS, ROWS)))
                rolling.cancel()

        rolling = asyncio.create_task(Rollout(azure, plan, tell, TEMPO).run())
        await rolling
    return console


def main() -> None:
    """Writes the picture."""
    server = EmulatorServer(fleet=default_fleet(), time_scale=TIME_SCALE, https_port=None)
    with server as ready, environment(ready.env):
        console = asyncio.run(roll_until_the_moment(ready))
    drawn = console.export_svg(title="rollset demo", theme=THEME, unique_id="rollset")
    # A picture on a page loads no fonts from elsewhere, so it names those that machines have.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL).replace("Fira Code, monospace", FONTS)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(drawn)


if __name__ == "__main__":
    main()
