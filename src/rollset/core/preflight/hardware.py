"""Whether the size of the set boots the new image: generation, architecture, operating system."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.preflight.around import ImageFacts, SizeFacts
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, blocking, warning

WRONG_GENERATION = blocking(
    "wrong-generation", "The size of the set does not boot the Hyper-V generation of the new image."
)
WRONG_ARCHITECTURE = blocking(
    "wrong-architecture", "The size of the set has another processor architecture than the new image."
)
WRONG_SYSTEM = blocking("wrong-system", "The new image has another operating system than the model of the set.")
OTHER_GENERATION = warning(
    "other-generation",
    "The new image is of another Hyper-V generation than the one that instances run: machines of one generation "
    "do not always take a disk of the other.",
)
KINDS = (WRONG_GENERATION, WRONG_ARCHITECTURE, WRONG_SYSTEM, OTHER_GENERATION)

DEFAULT_ARCHITECTURE = "x64"
"""That of images and sizes which do not say."""


def hardware_findings(facts: Facts) -> Iterator[Finding]:
    image, scale_set = facts.around.image, facts.scale_set
    size = facts.around.new_size or facts.around.size
    if not isinstance(image, ImageFacts):
        return
    if isinstance(size, SizeFacts):
        yield from _boots(image, size, facts)
    if image.os_type and scale_set.os_type and image.os_type.lower() != scale_set.os_type.lower():
        yield WRONG_SYSTEM.found(
            f"{facts.the_image} {image.image} is {image.os_type}, and the model of {scale_set.id} says "
            f"{scale_set.os_type}",
            f"name an image of {scale_set.os_type}, or make a new set",
        )
    others = sorted(_generations(facts) - {image.generation or ""})
    if image.generation and others:
        yield OTHER_GENERATION.found(
            f"{facts.the_image} {image.image} is of generation {image.generation}, and instances run "
            f"{', '.join(others)}",
            "name an image of the same generation, or try it on a set of one first",
        )


def needs_size(image: ImageFacts, before: ImageFacts) -> bool:
    """Whether the size has to be asked about: what boots the old image boots a new one that is like it."""
    return (image.generation, _architecture(image)) != (before.generation, _architecture(before))


def _boots(image: ImageFacts, size: SizeFacts, facts: Facts) -> Iterator[Finding]:
    if image.generation and size.generations and image.generation.upper() not in size.generations:
        yield WRONG_GENERATION.found(
            f"{facts.the_image} {image.image} is of generation {image.generation}, and {size.name} boots "
            f"{', '.join(sorted(size.generations))} only",
            "name an image of that generation, or change the size of the set first",
        )
    if size.architecture and size.architecture.lower() != _architecture(image).lower():
        yield WRONG_ARCHITECTURE.found(
            f"{facts.the_image} {image.image} is for {_architecture(image)}, and {size.name} is {size.architecture}",
            f"name an image for {size.architecture}, or change the size of the set first",
        )


def _generations(facts: Facts) -> set[str]:
    return {one.generation for one in facts.around.before if isinstance(one, ImageFacts) and one.generation}


def _architecture(image: ImageFacts) -> str:
    return image.architecture or DEFAULT_ARCHITECTURE
