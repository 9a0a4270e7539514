"""`rollset show`: one scale set, its instances as a heatmap, and those that need a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import click
from rich.console import Console
from rich.text import Text

from rollset.cli import faults
from rollset.cli.heatmap import Heatmap
from rollset.cli.options import ConnectionFlags, connection_options, output_option, scale_set_argument
from rollset.cli.printing import print_document
from rollset.cli.screen import heatmap_columns, knows_unicode, screen
from rollset.cli.session import open_azure, run, scale_set_of
from rollset.core.decide import Situation, survey
from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet, Health, Instance, Power, Provisioning
from rollset.core.ids import InstanceId, ScaleSetAddress, ScaleSetId, together
from rollset.core.image import Image, same_image
from rollset.core.pace import Job
from rollset.core.progress import Progress
from rollset.core.properties import Properties
from rollset.core.selection import spoken_ids
from rollset.faces.documents import Json, image_document, instance_document, properties_document, scale_set_document
from rollset.faces.grid import grids_of, places_of
from rollset.faces.marks import marks_of
from rollset.faces.model_images import ModelImages
from rollset.faces.words import facts, more_facts
from rollset.fleet.offered import follows_latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen. `exact` is what the model means; `None` where nobody can tell, and then `why` says why."""

    fleet: Fleet
    properties: Properties
    exact: Image | None
    why: str = ""

    @property
    def situation(self) -> Situation | None:
        """The fleet as an upgrade to its own model would see it."""
        return None if self.exact is None else survey(self.fleet, Job(image=self.exact), Progress())


@click.command()
@scale_set_argument
@connection_options
@output_option("table", "json")
def show(address: ScaleSetAddress, connection: ConnectionFlags, output: str) -> None:
    """Show one scale set: its model, and its instances as a heatmap.

    Each cell is an instance: update domains down, fault domains across, a grid for each zone or placement group. Below
    stand the images that instances run, and every instance that is not as it should be, with Azure's own words.
    """
    sight = run(_look(connection, scale_set_of(address, connection)))
    if output == "json":
        print_document(_document(sight))
    else:
        _print(sight, screen())


async def _look(connection: ConnectionFlags, scale_set_id: ScaleSetId) -> Sight:
    async with open_azure(connection) as azure:
        described = await azure.details.described(scale_set_id)
        scale_set = described.scale_set
        fleet = Fleet(scale_set=scale_set, instances=await azure.instances(scale_set))
        sight = Sight(fleet=fleet, properties=described.properties, exact=None)
        try:
            exact = await ModelImages(azure).exact(scale_set)
        except RollsetError as error:
            return replace(sight, why=faults.sentence(error))
        return replace(sight, exact=exact, why="" if exact else "the model names no image")


def _print(sight: Sight, console: Console) -> None:
    scale_set = sight.fleet.scale_set
    console.print(Text(facts(scale_set), style="bold"))
    console.print(f"image:  {_image_words(sight)}")
    console.print(f"health: {scale_set.health_source}" + _automatic(sight))
    if more := more_facts(sight.properties):
        console.print(Text(f"model:  {more}"))
    if situation := sight.situation:
        _print_heatmap(situation, console)
    for image, count in _images(sight).most_common():
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


def _images(sight: Sight) -> Counter[str]:
    return Counter(str(one.image or "an image that Azure does not tell") for one in sight.fleet.instances)


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


def _document(sight: Sight) -> Json:
    return {
        **scale_set_document(sight.fleet.scale_set),
        "properties": properties_document(sight.properties),
        "exact_image": image_document(sight.exact),
        "remark": sight.why or None,
        "images": dict(_images(sight)),
        "instances": [
            instance_document(one)
            | {"outdated": None if sight.exact is None else not same_image(one.image, sight.exact)}
            for one in sight.fleet.instances
        ],
    }
