"""Unit: the image that is asked for, held against the model."""

import pytest

from rollset.core.change import VersionChange, requested, settled
from rollset.core.errors import NotAllowedByAzure, UsageError
from rollset.core.image import (
    CustomImage,
    PlatformImage,
    UnmanagedImage,
    parse_image_id,
    parse_urn,
    same_image,
    version_key,
)
from tests.core.draw import a_scale_set

PLATFORM = parse_urn("Canonical:ubuntu:22_04-lts:22.04.1")
GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute"
MANAGED = parse_image_id(f"{GROUP}/images/gold")
GALLERY = parse_image_id(f"{GROUP}/galleries/g/images/web/versions/1.0.0")
BLOB = UnmanagedImage(uri="https://account.blob.core.windows.net/vhds/one.vhd")


def having(image, **facts):
    return a_scale_set(3, image=image, **facts)


@pytest.mark.parametrize(
    ("current", "change", "image"),
    [
        (PLATFORM, VersionChange(version="22.04.2"), "Canonical:ubuntu:22_04-lts:22.04.2"),
        (PLATFORM, VersionChange(version="latest"), "Canonical:ubuntu:22_04-lts:latest"),
        (PLATFORM, VersionChange(sku="24_04-lts"), "Canonical:ubuntu:24_04-lts:latest"),
        (PLATFORM, VersionChange(sku="24_04-lts", version="24.04.1"), "Canonical:ubuntu:24_04-lts:24.04.1"),
        (PLATFORM, parse_urn("canonical:UBUNTU:22_04-LTS:22.04.3"), "Canonical:ubuntu:22_04-lts:22.04.3"),
        (MANAGED, parse_image_id(f"{GROUP}/images/gold2"), "gold2"),
        (MANAGED, GALLERY, "g/web:1.0.0"),
        (GALLERY, VersionChange(version="2.0.0"), "g/web:2.0.0"),
        (BLOB, UnmanagedImage(uri="https://x/two.vhd"), "https://x/two.vhd"),
    ],
)
def test_what_the_words_mean(current, change, image):
    assert str(requested(change, having(current))) == image


@pytest.mark.parametrize(
    ("current", "change", "words"),
    [
        (
            PLATFORM,
            parse_urn("Debian:ubuntu:22_04-lts:1"),
            "change the publisher of its image from Canonical to Debian",
        ),
        (PLATFORM, parse_urn("Canonical:other:22_04-lts:1"), "change the offer"),
        (PLATFORM, MANAGED, "from a platform image"),
        (PLATFORM, BLOB, "to an unmanaged image"),
        (MANAGED, PLATFORM, "to a platform image"),
        (MANAGED, VersionChange(version="1.0.0"), "a custom image without versions"),
        (MANAGED, VersionChange(sku="x"), "which has no SKU to change"),
        (GALLERY, VersionChange(sku="x", version="1"), "which has no SKU to change"),
        (BLOB, MANAGED, "from an unmanaged image"),
        (None, VersionChange(version="1"), "names no image at all"),
    ],
)
def test_what_azure_refuses_is_refused_in_words(current, change, words):
    with pytest.raises(NotAllowedByAzure) as refused:
        requested(change, having(current))
    assert words in str(refused.value)


def test_a_sku_with_a_plan_may_not_change():
    with pytest.raises(NotAllowedByAzure, match="marketplace plan"):
        requested(VersionChange(sku="other"), having(PLATFORM, has_plan=True))


def test_latest_is_the_highest_by_number():
    latest = requested(VersionChange(version="latest"), having(PLATFORM))
    assert settled(latest, ["22.04.9", "22.04.10", "22.04.2"], "westus").version == "22.04.10"


def test_a_gallery_image_without_a_version_becomes_one_exact_version():
    image = requested(parse_image_id(f"{GROUP}/galleries/g/images/web"), having(GALLERY))
    exact = settled(image, ["1.0.0", "1.10.0", "1.9.0"], "westus")
    assert exact.resource_id == f"{GROUP}/galleries/g/images/web/versions/1.10.0"


@pytest.mark.parametrize("offered", [[], ["1.0.0"]])
def test_a_version_that_is_not_offered(offered):
    image = requested(VersionChange(version="9.9.9"), having(PLATFORM))
    with pytest.raises(UsageError, match="offered in westus"):
        settled(image, offered, "westus")


def test_images_without_versions_need_none_offered():
    assert settled(MANAGED, [], "westus") == MANAGED
    assert settled(BLOB, [], "westus") == BLOB


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (PLATFORM, PlatformImage(publisher="CANONICAL", offer="Ubuntu", sku="22_04-LTS", version="22.04.1"), True),
        (PLATFORM, parse_urn("Canonical:ubuntu:22_04-lts:22.04.2"), False),
        (MANAGED, parse_image_id(f"{GROUP}/images/GOLD/".replace("/subscriptions", "/Subscriptions")), True),
        (GALLERY, CustomImage(kind=GALLERY.kind, resource_id=GALLERY.resource_id.upper()), True),
        (GALLERY, CustomImage(kind=GALLERY.kind, resource_id=str(GALLERY.gallery_image), exact_version="1.0.0"), True),
        (GALLERY, CustomImage(kind=GALLERY.kind, resource_id=str(GALLERY.gallery_image), exact_version="1.0.1"), False),
        (BLOB, PLATFORM, False),
        (None, None, False),
    ],
)
def test_which_images_are_the_same(left, right, same):
    assert same_image(left, right) is same


@pytest.mark.parametrize("text", ["", "a:b:c", "a:b:c:", "a:b:c:d:e", ":::"])
def test_what_is_no_urn(text):
    with pytest.raises(UsageError):
        parse_urn(text)


@pytest.mark.parametrize("text", ["", "gold", "/images/gold", f"{GROUP}/virtualMachines/x", f"{GROUP}/galleries/g"])
def test_what_is_no_image_id(text):
    with pytest.raises(UsageError):
        parse_image_id(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/SharedGalleries/u/Images/i/Versions/1.0.0", "sharedGalleryImageId"),
        ("/CommunityGalleries/p/Images/i/Versions/latest", "communityGalleryImageId"),
    ],
)
def test_shared_and_community_galleries(text, kind):
    image = parse_image_id(text)
    assert image.kind == kind
    assert image.gallery_image is not None
    assert image.version == (None if text.endswith("latest") else "1.0.0")


def test_versions_are_ordered_by_their_numbers():
    assert sorted(["1.10", "1.9", "1.9.1", "1.9-rc"], key=version_key) == ["1.9", "1.9-rc", "1.9.1", "1.10"]


def test_versions_of_any_length_can_be_ordered():
    assert max("1." + "9" * 5000, "2.0", "1.10", key=version_key) == "2.0"
