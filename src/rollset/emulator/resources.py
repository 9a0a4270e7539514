"""Managed images and galleries: documents by id, and what an image reference to one of them comes to.

Ids are compared without regard to case. A gallery image version reaches its target regions a while after it was
written (`replicationStatus`); until then a set in that region cannot use it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rollset.emulator.documents import IMAGE_ID_MEMBERS, Json, at, section
from rollset.emulator.images import version_order
from rollset.emulator.regions import folded

_GALLERY_IMAGE = re.compile(
    r"(?P<gallery>.+/galleries/[^/]+)/images/(?P<image>[^/]+)(/versions/(?P<version>[^/]+))?", re.IGNORECASE
)
_PUBLIC_IMAGE = re.compile(
    r"/(?P<kind>shared|community)galleries/(?P<gallery>[^/]+)/images/(?P<image>[^/]+)(/versions/(?P<version>[^/]+))?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Resource:
    """One resource: its document as GET answers it, when it is settled, and whether there was an earlier one."""

    id: str
    document: Json
    settled_at: float = 0.0
    updated: bool = False

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]

    @property
    def type(self) -> str:
        """The type, in the case that its path has."""
        return "/".join(["Microsoft.Compute", *self.id.split("/")[7::2]])

    @property
    def is_version(self) -> bool:
        """A version of a gallery image, not a managed image."""
        return "/versions/" in self.id

    @property
    def properties(self) -> Json:
        return section(self.document, "properties")

    @property
    def regions(self) -> list[Json]:
        found = at(self.properties, "publishingProfile", "targetRegions")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def is_in(self, region: str) -> bool:
        return any(folded(str(one.get("name", ""))) == folded(region) for one in self.regions)

    def counts_as_latest(self, region: str) -> bool:
        profile = section(self.properties, "publishingProfile")
        excluded = any(
            one.get("excludeFromLatest") for one in self.regions if folded(str(one.get("name", ""))) == folded(region)
        )
        return not profile.get("excludeFromLatest") and not excluded


class Missing(NamedTuple):
    """Why an image reference leads nowhere."""

    code: str
    message: str


@dataclass(slots=True)
class Resources:
    """Every managed image, gallery, gallery image and version."""

    _by_id: dict[str, Resource] = field(default_factory=dict)

    def copy(self) -> "Resources":
        return Resources(dict(self._by_id))

    def usable(self) -> list[Resource]:
        """What a set can be made of: managed images and gallery image versions."""
        found = (one for one in self._by_id.values() if one.is_version or "/galleries/" not in one.id.lower())
        return [one for one in found if "/images/" in one.id.lower()]

    def get(self, resource_id: str) -> Resource | None:
        return self._by_id.get(resource_id.lower())

    def put(self, resource: Resource) -> None:
        self._by_id[resource.id.lower()] = resource

    def remove(self, resource_id: str) -> None:
        """Takes a resource away, with everything under it."""
        gone = resource_id.lower()
        for key in [key for key in self._by_id if key == gone or key.startswith(f"{gone}/")]:
            del self._by_id[key]

    def under(self, collection_id: str) -> list[Resource]:
        """The direct members of a collection, in the order of their names; versions by number."""
        prefix = f"{collection_id.lower()}/"
        found = [one for key, one in self._by_id.items() if key.startswith(prefix) and "/" not in key[len(prefix) :]]
        return sorted(found, key=lambda one: (version_order(one.name), one.name))

    def all(self) -> list[Resource]:
        return list(self._by_id.values())

    def of_kind(self, kind: str) -> Iterator[Resource]:
        """Every resource whose last type segment is `kind`, in any group."""
        return (one for key, one in self._by_id.items() if key.split("/")[-2:-1] == [kind.lower()])

    def gallery_by_public_name(self, kind: str, name: str) -> Resource | None:
        """A gallery by the name that its sharing gives it: unique (shared) or public (community)."""
        for gallery in self.of_kind("galleries"):
            if kind.lower() == "shared":
                names = [at(gallery.properties, "identifier", "uniqueName")]
            else:
                names = at(gallery.properties, "sharingProfile", "communityGalleryInfo", "publicNames") or []
            if name.lower() in {str(one).lower() for one in names}:
                return gallery
        return None

    def image_version(self, reference: Json, region: str, now: float) -> Resource | Missing:
        """What a reference by id leads to: a managed image or a gallery version that can be used in the region."""
        text = next((str(reference[name]) for name in IMAGE_ID_MEMBERS if reference.get(name)), "")
        if public := _PUBLIC_IMAGE.fullmatch(text):
            gallery = self.gallery_by_public_name(public["kind"], public["gallery"])
            gallery_id = "" if gallery is None else gallery.id
            return self._version(gallery_id, public["image"], public["version"], region, now)
        if gallery_image := _GALLERY_IMAGE.fullmatch(text):
            return self._version(
                gallery_image["gallery"], gallery_image["image"], gallery_image["version"], region, now
            )
        return self.get(text) or Missing("NotFound", f"The Image '{text[:300]}' cannot be found in '{region}' region.")

    def _version(self, gallery_id: str, image: str, version: str | None, region: str, now: float) -> Resource | Missing:
        image_id = f"{gallery_id}/images/{image}"
        known = self.under(f"{image_id}/versions")
        usable = [one for one in known if one.is_in(region) and one.settled_at <= now]
        if version is None or version.lower() == "latest":
            latest = [one for one in usable if one.counts_as_latest(region)]
            chosen = latest[-1] if latest else None
        else:
            chosen = next((one for one in usable if one.name.lower() == version.lower()), None)
        shown = f"{image_id}/versions/{version or 'latest'}"[:300]
        return chosen or Missing(
            "GalleryImageNotFound", f"The gallery image {shown} is not available in {region} region."
        )
