"""What has to be bought with the new image: the plan in the model, and its terms."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.fleet import PurchasePlan
from rollset.core.image import PlatformImage
from rollset.core.preflight.around import ImageFacts
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, blocking

PLAN_MISMATCH = blocking(
    "plan-mismatch",
    "The new image is sold under a plan, and the model of the set names none, or another one; or the model names a "
    "plan that the new image does not have.",
)
TERMS_NOT_ACCEPTED = blocking(
    "terms-not-accepted", "Nobody has accepted the terms of the new image's plan for the subscription."
)
KINDS = (PLAN_MISMATCH, TERMS_NOT_ACCEPTED)


def purchase_findings(facts: Facts) -> Iterator[Finding]:
    image, scale_set = facts.around.image, facts.scale_set
    if not isinstance(image, ImageFacts):
        return
    if _says_plan(image) and not _same(image.plan, scale_set.plan):
        has = f"is sold under the plan {image.plan}" if image.plan else "is sold under no plan"
        names = f"names the plan {scale_set.plan}" if scale_set.plan else "names none"
        yield PLAN_MISMATCH.found(
            f"{facts.the_image} {image.image} {has}, and the model of {scale_set.id} {names}",
            "name an image of the same plan, or make a new set: a rollout changes the image and nothing beside it",
        )
    if image.plan is not None and facts.around.terms_accepted is False:
        plan = image.plan
        yield TERMS_NOT_ACCEPTED.found(
            f"the terms of the plan {plan} have not been accepted for this subscription",
            f"read and accept them: az vm image terms accept --publisher {plan.publisher} --offer {plan.product} "
            f"--plan {plan.name}",
        )


def _says_plan(image: ImageFacts) -> bool:
    """Of a custom image nobody has to tell that it was made of one that is bought; a platform image always does."""
    return image.plan is not None or isinstance(image.image, PlatformImage)


def _same(left: PurchasePlan | None, right: PurchasePlan | None) -> bool:
    return str(left).lower() == str(right).lower()
