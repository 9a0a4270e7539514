"""The paths of images: platform images, managed images, galleries of one's own and of others."""

from collections.abc import Iterator

from rollset.emulator.api import galleries, gallerysharing, images, publicgalleries
from rollset.emulator.api.paths import COMPUTE, GROUP, LOCATION
from rollset.emulator.api.router import Route

EDGE_ZONE = f"{LOCATION}/edgeZones/{{zone}}"
GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/{{gallery}}"


def _platform(place: str) -> Iterator[Route]:
    """Publishers, offers, skus and versions, of a location or of an edge zone there."""
    publishers = f"{place}/publishers"
    offers = f"{publishers}/{{publisher}}/artifacttypes/vmimage/offers"
    versions = f"{offers}/{{offer}}/skus/{{sku}}/versions"
    yield Route("GET", publishers, images.list_publishers, "image-list")
    yield Route("GET", offers, images.list_offers, "image-list")
    yield Route("GET", f"{offers}/{{offer}}/skus", images.list_skus, "image-list")
    yield Route("GET", versions, images.list_versions, "image-list")
    yield Route("GET", f"{versions}/{{version}}", images.get_version, "image-get")


def _own(kind: str, place: str) -> Iterator[Route]:
    """What every kind of image resource has."""
    one = f"{GROUP}/providers/Microsoft.Compute/{place}"
    yield Route("GET", one, galleries.read(kind), "image-get")
    yield Route("PUT", one, galleries.write(kind), "image-write")
    yield Route("PATCH", one, galleries.write(kind), "image-write")
    yield Route("DELETE", one, galleries.delete(kind), "image-write")
    yield Route("GET", one.rpartition("/")[0], galleries.list_under(kind), "image-list")


def _public(kind: str) -> Iterator[Route]:
    """What can be read of galleries that others share."""
    gallery = f"{LOCATION}/{kind}Galleries/{{gallery}}"
    image = f"{gallery}/images/{{image}}"
    yield Route("GET", gallery, publicgalleries.read(kind, 0), "image-get")
    yield Route("GET", f"{gallery}/images", publicgalleries.list_under(kind, 1), "image-list")
    yield Route("GET", image, publicgalleries.read(kind, 1), "image-get")
    yield Route("GET", f"{image}/versions", publicgalleries.list_under(kind, 2), "image-list")
    yield Route("GET", f"{image}/versions/{{version}}", publicgalleries.read(kind, 2), "image-get")


IMAGE_ROUTES: tuple[Route, ...] = (
    *_platform(LOCATION),
    *_platform(EDGE_ZONE),
    Route("GET", f"{EDGE_ZONE}/vmimages", images.list_in_edge_zone, "image-list"),
    *_own("images", "images/{image}"),
    *_own("galleries", "galleries/{gallery}"),
    *_own("galleries/images", "galleries/{gallery}/images/{image}"),
    *_own("galleries/images/versions", "galleries/{gallery}/images/{image}/versions/{version}"),
    Route("POST", f"{GALLERY}/share", gallerysharing.share, "image-write"),
    Route("GET", f"{LOCATION}/sharedGalleries", publicgalleries.list_shared, "image-list"),
    *_public("shared"),
    *_public("community"),
    Route("GET", f"{COMPUTE}/images", galleries.list_all("images"), "image-list"),
    Route("GET", f"{COMPUTE}/galleries", galleries.list_all("galleries"), "image-list"),
)
