"""The file that a page begins with: the set, the newest version, and what was chosen on the page before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rollset.core.ids import InstanceId
from rollset.core.image import LATEST
from rollset.core.selection import spoken_ids
from rollset.faces.rolloutfile.editing import edited
from rollset.faces.rolloutfile.tree import Content
from rollset.web.heatmap import Show, heatmap, ids_in
from rollset.web.looks import Look
from rollset.web.rolling.choices import has_versions
from rollset.web.rolling.file import NAME

FACETS = {
    "update_domain": "update_domains",
    "fault_domain": "fault_domains",
    "zone": "zones",
    "placement_group": "placement_groups",
}
"""What an address calls what is chosen, and the key of the file."""

RUNS_MAX = 10_000


def first_file(look: Look, chosen: Mapping[str, Sequence[str]]) -> str:
    """The shortest file that rolls what was chosen."""
    scale_set = look.fleet.scale_set
    text = f"scale_set: {scale_set.id.subscription}/{scale_set.id.short}\n"
    changes: dict[tuple[str | int, ...], Content] = {}
    if (image := chosen.get("image_version")) is not None:
        changes["image", "version"] = image[0]
    elif has_versions(scale_set.image):
        changes["image", "version"] = LATEST
    for facet, key in FACETS.items():
        values: list[Content] = list(dict.fromkeys(one.strip() for one in chosen.get(facet, ()) if one.strip()))
        if values:
            changes["select", key] = values
    if ids := _instances(look, chosen):
        changes["select", "instances"] = list(spoken_ids(ids, most=RUNS_MAX).split(", "))
    return edited(NAME, text, changes)


def _instances(look: Look, chosen: Mapping[str, Sequence[str]]) -> set[InstanceId]:
    """Cells one by one, and whole rows, columns and grids of the heatmap."""
    maps = heatmap(look, Show.POWER).maps
    picked = ids_in(maps, rows=chosen.get("row", ()), columns=chosen.get("column", ()), whole=chosen.get("map", ()))
    return {InstanceId(one.strip()) for one in chosen.get("instance", ()) if one.strip()} | set(picked)
