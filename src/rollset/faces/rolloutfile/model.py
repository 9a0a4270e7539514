"""The key `model` of a rollout file: what else than the image the scale set's model is to say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from rollset.core.errors import UsageError
from rollset.core.fleet import Setting
from rollset.core.model.change import SIZE, parse_vm_size, settings_of
from rollset.core.model.form import HIDDEN, find_member
from rollset.faces.rolloutfile.parts import Part, key
from rollset.faces.rolloutfile.scalars import text_kind, wrong
from rollset.faces.wishes import ModelFlags


def _known_path(path: str) -> str:
    try:
        find_member(path)
    except UsageError as error:
        raise wrong(str(error)) from error
    return path


def _settings(given: object) -> tuple[Setting, ...]:
    """The settings of a mapping whose paths are known."""
    assert isinstance(given, Mapping), "its shape was checked"
    try:
        return tuple(one for path, value in given.items() for one in settings_of(path, _text(path, value)))
    except UsageError as error:
        raise wrong(str(error)) from error


def _text(path: str, value: object) -> str:
    match value:
        case str():
            return value
        case None:
            raise wrong(f"{path} has no value; write one, or leave the path out")
        case _:
            return json.dumps(value)


def _checked(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is not None:
        _settings(given)
    return given


class ModelPart(Part):
    """What else than its image the model is to say."""

    vm_size: Annotated[str | None, text_kind(parse_vm_size, "Standard_D4s_v5", pattern="_")] = key(
        "Another size of machine."
    )
    set: Annotated[
        dict[Annotated[str, BeforeValidator(_known_path)], Any] | None,
        AfterValidator(_checked),
        WithJsonSchema({"type": "object", "minProperties": 1}),
    ] = key(
        "Other members of the model, each by its path in ARM's form without `properties.`, such as "
        "`virtualMachineProfile.licenseType`, with its value."
    )

    @property
    def model_flags(self) -> ModelFlags:
        """The same as if it had been given in flags."""
        return ModelFlags(vm_size=self.vm_size, settings=None if self.set is None else _settings(self.set))


def written_model(flags: ModelFlags) -> dict[str, object]:
    """The key as it is written; what may be secret is left out (`left_out`)."""
    return _written(flags, without=frozenset(left_out(flags)))


def whole_model(flags: ModelFlags) -> dict[str, object]:
    """The key with all that it says."""
    return _written(flags, without=frozenset())


def _written(flags: ModelFlags, without: frozenset[str]) -> dict[str, object]:
    shown = {one.path: plain_value(one) for one in flags.settings or () if one.path not in without and one.path != SIZE}
    size = flags.change().vm_size
    return {**({} if size is None else {"vm_size": size}), **({"set": shown} if shown else {})}


def left_out(flags: ModelFlags) -> Iterator[str]:
    """The paths whose values no file should hold that somebody prints."""
    return (one.path for one in flags.settings or () if one.path in HIDDEN)


def plain_value(setting: Setting) -> object:
    """The value in such words that it is read again as what it is."""
    assert setting.value is not None, "nothing is set to nothing"
    value = json.loads(setting.value)
    if not isinstance(value, str):
        return value
    (again,) = settings_of(setting.path, value)
    return value if again == setting else setting.value
