"""Platform images, managed images, galleries: read, written, replicated, used by sets."""

import pytest

from tests.emulator.local import image_change

WINDOWS = "publishers/MicrosoftWindowsServer/artifacttypes/vmimage/offers/WindowsServer/skus"


@pytest.fixture
def place(azure):
    return f"{azure.compute}/locations/westus"


def test_the_tree_of_platform_images_is_made_of_bare_arrays(azure, place):
    publishers = azure.get(f"{place}/publishers").body
    offers = azure.get(f"{place}/publishers/canonical/artifacttypes/vmimage/offers").body
    skus = azure.get(f"{place}/{WINDOWS}").body
    assert "Canonical" in {one["name"] for one in publishers}
    assert "UbuntuServer" in {one["name"] for one in offers}
    assert {"2012-R2-Datacenter", "2016-Datacenter"} <= {one["name"] for one in skus}
    assert set(skus[0]) == {"id", "name", "location"}


def test_versions_newest_last_or_first(azure, place):
    path = f"{place}/{WINDOWS}/2012-R2-Datacenter/versions"
    names = [one["name"] for one in azure.get(path).body]
    assert names[-2:] == ["4.0.20160126", "4.0.20160229"]
    newest = azure.get(path, __top="1", __orderby="name desc").body
    assert [one["name"] for one in newest] == ["4.0.20160229"]
    assert newest[0]["id"].startswith("/Subscriptions/")
    assert "properties" in azure.get(path, __expand="properties").body[0]
    deprecation = azure.get(path, __expand="properties/imageDeprecationStatus").body[0]["properties"]
    assert deprecation["imageDeprecationStatus"]["imageState"] == "Active"


def test_an_unknown_sku_has_no_versions(azure, place):
    assert azure.get(f"{place}/{WINDOWS}/nope/versions").body == []


def test_one_version(azure, place):
    path = f"{place}/{WINDOWS}/2012-R2-Datacenter/versions"
    assert azure.get(f"{path}/4.0.20160229").properties["osDiskImage"]["operatingSystem"] == "Windows"
    assert azure.get(f"{path}/latest").body["name"] == "4.0.20160229"
    missing = azure.get(f"{path}/9.9.9")
    assert (missing.status, missing.code) == (404, "PlatformImageNotFound")


@pytest.mark.parametrize("query", [{"__top": "x"}, {"__top": "0"}, {"__top": "-1"}, {"__orderby": "size"}])
def test_what_a_list_of_versions_cannot_be_asked(azure, place, query):
    assert azure.get(f"{place}/{WINDOWS}/2012-R2-Datacenter/versions", **query).code == "InvalidParameter"


@pytest.fixture
def gallery(azure):
    """Path of a gallery `g` with an image `web` and its version 1.0.0, replicated to westus."""
    path = f"{azure.group()}/providers/Microsoft.Compute/galleries/g"
    assert azure.put(path, {"location": "westus"}).status == 201
    identifier = {"publisher": "me", "offer": "web", "sku": "1"}
    image = {"location": "westus", "properties": {"osType": "Linux", "identifier": identifier}}
    assert azure.put(f"{path}/images/web", image).status == 201
    publish(azure, path, "1.0.0")
    azure.later(400)
    return path


def publish(azure, gallery, version, **profile):
    profile = {"targetRegions": [{"name": "westus"}], **profile}
    body = {"location": "westus", "properties": {"publishingProfile": profile}}
    made = azure.put(f"{gallery}/images/web/versions/{version}", body)
    assert made.status == 201
    return made


def test_a_gallery_version_replicates_over_time(azure, gallery):
    made = publish(azure, gallery, "1.1.0")
    assert made.properties["provisioningState"] == "Creating"
    path = f"{gallery}/images/web/versions/1.1.0"
    azure.later(150)
    under_way = azure.get(path, __expand="ReplicationStatus").properties["replicationStatus"]
    assert under_way == {
        "aggregatedState": "InProgress",
        "summary": [{"region": "West US", "state": "Replicating", "progress": 50}],
    }
    assert azure.follow(made)["status"] == "Succeeded"
    done = azure.get(path, __expand="ReplicationStatus").properties
    assert done["replicationStatus"]["aggregatedState"] == "Completed"
    assert done["provisioningState"] == "Succeeded"
    assert "replicationStatus" not in azure.get(path).properties


def test_lists_of_galleries_images_and_versions(azure, gallery):
    publish(azure, gallery, "1.0.10")
    publish(azure, gallery, "1.0.9")
    assert [one["name"] for one in azure.get(f"{azure.compute}/galleries").body["value"]] == ["g"]
    assert [one["name"] for one in azure.get(gallery.rpartition("/")[0]).body["value"]] == ["g"]
    assert [one["name"] for one in azure.get(f"{gallery}/images").body["value"]] == ["web"]
    versions = azure.get(f"{gallery}/images/web/versions").body["value"]
    assert [one["name"] for one in versions] == ["1.0.0", "1.0.9", "1.0.10"]
    assert versions[0]["type"] == "Microsoft.Compute/galleries/images/versions"


def set_on(azure, set_document, reference):
    document = set_document()
    document["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"] = reference
    return azure.put(azure.set_path("web"), document)


def exact(azure, number=0):
    return azure.instance(number, "web")["properties"]["storageProfile"]["imageReference"].get("exactVersion")


def test_a_set_follows_the_newest_replicated_version_of_a_gallery_image(azure, gallery, set_document):
    made = set_on(azure, set_document, {"id": f"{gallery}/images/web"})
    azure.follow(made)
    assert exact(azure) == "1.0.0"
    publish(azure, gallery, "1.1.0")
    publish(azure, gallery, "1.2.0", excludeFromLatest=True)
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 4}}))
    assert exact(azure, 3) == "1.0.0"
    azure.later(400)
    azure.follow(azure.patch(azure.set_path("web"), {"sku": {"capacity": 5}}))
    assert exact(azure, 4) == "1.1.0"


def test_a_set_is_moved_from_one_gallery_version_to_another(azure, gallery, set_document):
    azure.follow(set_on(azure, set_document, {"id": f"{gallery}/images/web/versions/1.0.0"}))
    publish(azure, gallery, "2.0.0")
    change = image_change(id=f"{gallery}/images/web/versions/2.0.0")
    refused = azure.patch(azure.set_path("web"), change)
    assert (refused.status, refused.code) == (404, "GalleryImageNotFound")
    azure.later(400)
    assert azure.patch(azure.set_path("web"), change).status == 200
    azure.follow(azure.upgrade("0", name="web"))
    assert (exact(azure, 0), exact(azure, 1)) == ("2.0.0", "1.0.0")


def test_a_version_in_another_region_cannot_be_used(azure, gallery, set_document):
    publish(azure, gallery, "3.0.0", targetRegions=[{"name": "eastus"}])
    azure.later(400)
    refused = set_on(azure, set_document, {"id": f"{gallery}/images/web/versions/3.0.0"})
    assert (refused.status, refused.code) == (404, "GalleryImageNotFound")


@pytest.mark.parametrize(
    ("kind", "member"), [("shared", "sharedGalleryImageId"), ("community", "communityGalleryImageId")]
)
def test_galleries_that_others_share(azure, gallery, set_document, kind, member):
    info = {"permissions": "Community", "communityGalleryInfo": {"publicNamePrefix": "pub"}}
    properties = azure.put(gallery, {"location": "westus", "properties": {"sharingProfile": info}}).properties
    if kind == "shared":
        name = properties["identifier"]["uniqueName"]
    else:
        [name] = properties["sharingProfile"]["communityGalleryInfo"]["publicNames"]
    public = f"{azure.compute}/locations/westus/{kind}Galleries/{name}"
    assert azure.get(public).body["identifier"]["uniqueId"] == f"/{kind.capitalize()}Galleries/{name}"
    assert [one["name"] for one in azure.get(f"{public}/images").body["value"]] == ["web"]
    assert azure.get(f"{public}/images/web").status == 200
    [version] = azure.get(f"{public}/images/web/versions").body["value"]
    assert version["identifier"]["uniqueId"] == f"/{kind.capitalize()}Galleries/{name}/Images/web/Versions/1.0.0"
    assert azure.get(f"{public}/images/web/versions/1.0.0").properties["excludeFromLatest"] is False
    assert azure.get(f"{public}/images/nope").status == 404
    made = set_on(azure, set_document, {member: version["identifier"]["uniqueId"]})
    azure.follow(made)
    assert exact(azure) == "1.0.0"


def test_managed_images(azure, set_document):
    path = f"{azure.group()}/providers/Microsoft.Compute/images/golden"
    assert azure.get(path).code == "ResourceNotFound"
    assert azure.put(path, {"location": "westus", "properties": {}}).status == 201
    assert azure.get(path).body["type"] == "Microsoft.Compute/images"
    assert len(azure.get(f"{azure.compute}/images").body["value"]) == 1
    azure.follow(set_on(azure, set_document, {"id": path}))
    assert azure.instance(0, "web")["properties"]["storageProfile"]["imageReference"] == {"id": path}
    assert azure.delete(path).status == 409
    azure.follow(azure.delete(azure.set_path("web")))
    assert azure.delete(path).status == 202
    assert azure.delete(path).status == 204


def test_a_version_needs_its_gallery_and_its_image(azure):
    path = f"{azure.group()}/providers/Microsoft.Compute/galleries/none/images/web/versions/1.0.0"
    answer = azure.put(path, {"location": "westus"})
    assert (answer.status, answer.code) == (404, "ResourceNotFound")


def test_small_catalogues(azure, place):
    assert azure.get(f"{place}/usages").body["value"][0]["currentValue"] == 40
    assert "Standard_D2s_v3" in {one["name"] for one in azure.get(f"{place}/vmSizes").body["value"]}
    assert azure.get(f"{azure.compute}/skus", __filter="location eq 'eastus'").body["value"][0]["locations"] == [
        "eastus"
    ]
    assert azure.get(f"{azure.set_path()}/skus").body["value"][0]["capacity"]["maximum"] == 100
    assert len(azure.get(f"{azure.subscription}/resources").body["value"]) == 1
