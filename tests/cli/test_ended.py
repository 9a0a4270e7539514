"""Unit: the command that continues means the very image that was planned, whatever is published meanwhile."""

import pytest

from rollset.core.amount import Amount
from rollset.core.fleet import UpgradeMode
from rollset.core.image import UnmanagedImage, parse_image_id, parse_urn
from rollset.core.pace import Engine, Job, Pace
from rollset.core.plan import make_plan
from rollset.engine.events import Ending
from rollset.faces.ended import continuing
from tests.core.draw import a_fleet

URN = "Contoso:Server:2016:3.1.0"
GALLERY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/web"


@pytest.mark.parametrize(
    ("words", "image", "continued"),
    [
        ("--image-version latest --yes", parse_urn(URN), "--image-version 3.1.0 --yes"),
        ("--image-version=latest", parse_urn(URN), "--image-version=3.1.0"),
        ("--image-version 3.1.0 --no-wait", parse_urn(URN), "--image-version 3.1.0"),
        ("--image Contoso:Server:2016:latest", parse_urn(URN), f"--image {URN}"),
        ("--image-sku 2016 --yes", parse_urn(URN), f"--yes --image {URN}"),
        ("--image-sku=2016 --yes", parse_urn(URN), f"--yes --image {URN}"),
        (
            f"--image-id {GALLERY} --yes",
            parse_image_id(f"{GALLERY}/versions/2.0.0"),
            f"--yes --image-id {GALLERY}/versions/2.0.0",
        ),
        (
            f"--image-id {GALLERY}/versions/2.0.0",
            parse_image_id(f"{GALLERY}/versions/2.0.0"),
            f"--image-id {GALLERY}/versions/2.0.0",
        ),
        ("--image-uri https://x/a.vhd", UnmanagedImage(uri="https://x/a.vhd"), "--image-uri https://x/a.vhd"),
    ],
)
def test_the_continuing_command_names_the_exact_image(words, image, continued):
    plan = make_plan(a_fleet("ooo"), Job(image=image))
    assert continuing(["upgrade", "rg/web", *words.split()], plan) == f"rollset upgrade rg/web {continued}"


@pytest.mark.parametrize(
    ("ending", "more"), [(Ending.STOPPED, " --switch-policy"), (Ending.FAILED, ""), (Ending.INTERRUPTED, "")]
)
def test_what_continues_a_stopped_roll_of_azures_own_has_the_policy_switched_that_the_stop_left_on_manual(ending, more):
    job = Job(image=parse_urn(URN), engine=Engine.AZURE, pace=Pace(canary=0, max_unavailable=Amount(number=1)))
    plan = make_plan(a_fleet("ooo", upgrade_mode=UpgradeMode.ROLLING), job)
    words = ["upgrade", "rg/web", "--image-version", "3.1.0", "--engine", "azure"]
    assert continuing(words, plan, ending) == f"rollset {' '.join(words)}{more}"
    assert continuing([*words, "--switch-policy"], plan, ending).count("--switch-policy") == 1
