"""`rollset show`: one scale set, its instances as a heatmap, and those that need a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click
from rich.console import Console
from rich.text import Text

from rollset.cli.heatmap import Heatmap
from rollset.cli.lookout import lookout_option, opened_lookout
from rollset.cli.office import Where
from rollset.cli.options import ConnectionFlags, connection_options, output_option, scale_set_argument
from rollset.cli.printing import print_document
from rollset.cli.screen import heatmap_columns, knows_unicode, screen
from rollset.cli.session import run, scale_set_of
from rollset.core.decide import Situation
from rollset.core.fleet import Health, Instance, Power, Provisioning
from rollset.core.ids import InstanceId, ScaleSetAddress, ScaleSetId, together
from rollset.core.image import follows_latest
from rollset.core.selection import spoken_ids
from rollset.faces.grid import grids_of, places_of
from rollset.faces.marks import marks_of
from rollset.faces.sight import Sight, images_run, sight_document
from rollset.faces.words import facts, more_facts


@click.command()
@scale_set_argument
@connection_options
@lookout_option
@output_option("table", "json")
def show(address: ScaleSetAddress, connection: ConnectionFlags, where: Where, output: str) -> None:
    """Show one scale set: its model, and its instances as a heatmap.

    Each cell is an instance: update domains down, fault domains across, a grid for each zone or placement group. Below
    stand the images that instances run, and every instance that is not as it should be, with Azure's own words.
    """
    sight = run(_look(where, connection, scale_set_of(address, connection)))
    if output == "json":
        print_document(sight_document(sight))
    else:
        _print(sight, screen())


async def _look(where: Where, connection: ConnectionFlags, scale_set_id: ScaleSetId) -> Sight:
    async with opened_lookout(where, connection) as lookout:
        return await lookout.see(scale_set_id)


def _print(sight: Sight, console: Console) -> None:
    scale_set = sight.fleet.scale_set
    console.print(Text(facts(scale_set), style="bold"))
    console.print(f"image:  {_image_words(sight)}")
    console.print(f"health: {scale_set.health_source}" + _automatic(sight))
    if more := more_facts(sight.properties):
        console.print(Text(f"model:  {more}"))
    if situation := sight.situation:
        _print_heatmap(situation, console)
    for image, count in images_run(sight).most_common():
        console.print(f"{count:>5}  {image}")
    for words, ids in _remarkable(sight).items():
        console.print(f"{words}: {spoken_ids(ids)}")


def _print_heatmap(situation: Situation, console: Console) -> None:
    marks = marks_of(situation)
    if not marks:
        console.print("It has no instances.")
        return
    heatmap = Heatmap(grids_of(places_of(situation.fleet.instances)), knows_unicode(console))
    counts = Counter(marks.values())
    console.print()
    for line in heatmap.lines(marks, heatmap_columns(console)):
        console.print(line)
    console.print()
    for line in heatmap.legend(counts, heatmap_columns(console)):
        console.print(line)
    console.print()


def _image_words(sight: Sight) -> str:
    image = sight.fleet.scale_set.image
    if sight.why:
        return f"{image or '-'} ({sight.why})"
    if image is not None and follows_latest(image):
        return f"{image} (now {sight.exact})"
    return str(image)


def _automatic(sight: Sight) -> str:
    return "; automatic OS upgrade is switched on" if sight.fleet.scale_set.automatic_os_upgrade else ""


def _remarkable(sight: Sight) -> dict[str, list[InstanceId]]:
    """What is to be said of instances that are not as they should be, with those of which it is true."""
    return together((one.id, words) for one in sight.fleet.instances for words in _remarks(one))


def _remarks(one: Instance) -> Iterator[str]:
    if one.provisioning is not Provisioning.SUCCEEDED or one.error is not None:
        yield f"provisioning {one.provisioning}" + (f" ({one.error})" if one.error else "")
    if one.power is not Power.RUNNING:
        yield f"power {one.power}"
    if one.health not in (None, Health.HEALTHY):
        yield f"health {one.health}"
    if one.protected:
        yield "protected from scale set actions"
