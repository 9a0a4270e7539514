"""The form beside a rollout file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from rollset.web.api.documents.base import Document
from rollset.web.api.documents.wishes import writable

Text = Annotated[str, Field(max_length=1024 * 1024), AfterValidator(writable)]
Ids = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=10_000)]


class FormBegun(Document):
    """What a form begins with: the file `draft`, or that of the rollout `again`, or what was chosen.

    Nothing chosen means all instances.
    """

    draft: Annotated[str, Field(max_length=200)] = ""
    again: Annotated[str, Field(max_length=200)] = ""
    image_version: Annotated[str | None, Field(max_length=200)] = None
    instance: Ids = ()
    update_domain: Ids = ()
    fault_domain: Ids = ()
    zone: Ids = ()
    placement_group: Ids = ()

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """As a browser sends them."""
        given = self.model_dump(exclude={"draft", "again", "image_version"}, exclude_defaults=True)
        return {**given, **({} if self.image_version is None else {"image_version": [self.image_version]})}


class FormWish(Document):
    """What stands in a form, by the names of its fields, and the file beside it now and when it was shown."""

    file: Text
    was: Text
    values: Annotated[dict[str, list[str]], Field(default_factory=dict), AfterValidator(writable)]


class Filled(Document):
    """Both sides in line. A value is null where no field can show what the file says.

    `faults` stand under the field that shows them, under an empty name where none does; `told` are all of them, with
    their lines. `was` goes along with the next change.
    """

    file: str
    was: str
    values: dict[str, str | None]
    faults: dict[str, list[str]]
    told: list[str]
    usable: bool


class Draft(Document):
    """A rollout file that is kept, and the page of the plan that it makes."""

    draft: str
    file: str
    page: str
