"""What a rollout changes in the model beside its image: the size of machines, and members that are set by their path.

A value is kept as JSON text, so that it is the same in a journal, in a comparison and on the wire. What Azure takes and
never shows again (custom data, user data) is written, but nobody can read it back: not whether it is there, nor what
was there before. It is told by its fingerprint alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from rollset.core.errors import UsageError
from rollset.core.fleet import Instance, ScaleSet, Setting
from rollset.core.image import Image, same_image
from rollset.core.model.form import HIDDEN, TAGS, Form, Many, Sort, find_member
from rollset.core.model.path import SPOKEN_MAX, split_setting, whole_list
from rollset.core.model.value import folded, read_json, value_of

SIZE = "sku.name"
"""Where the model names the size of its machines."""

FINGERPRINT_DIGITS = 12

VEIL = "fingerprint"
"""What stands for a value that may be secret: an object with this member, where the value itself is a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One member from what to what, in words that hold no secret."""

    path: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path} {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """What the model has to say beside the image; empty means that nothing else is changed."""

    vm_size: str | None = None
    settings: tuple[Setting, ...] = ()

    @property
    def wanted(self) -> tuple[Setting, ...]:
        """All of it, each by its path."""
        size = () if self.vm_size is None else (Setting(path=SIZE, value=json.dumps(self.vm_size)),)
        return (*size, *self.settings)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(one.path for one in self.wanted)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The paths of which nobody can read back what is there."""
        return tuple(path for path in self.paths if path in HIDDEN)

    @property
    def read_by_path(self) -> tuple[str, ...]:
        """The paths that have to be asked for when the model is read, and lists that are written as a whole."""
        told = (SIZE, *HIDDEN)
        asked = [path for path in self.paths if path not in told and not path.startswith(f"{TAGS}.")]
        return tuple(dict.fromkeys((*asked, *(above for path in asked if (above := whole_list(path)) is not None))))

    @property
    def reaches_instances(self) -> bool:
        """Whether instances have to follow; tags and policies of the set are the set's alone."""
        return any(path == SIZE or path.startswith("virtualMachineProfile.") for path in self.paths)

    def is_followed_by(self, instance: Instance) -> bool:
        """Whether an instance has it, under a model that says it.

        Of all but the size Azure tells one thing alone: whether the instance is on the model.
        """
        size = self.vm_size
        told = instance.vm_size if instance.vm_size is not None or not instance.tells_model else size
        if size is not None and (told or "").lower() != size.lower():
            return False
        return instance.latest_model_applied or not instance.tells_model or not self.reaches_instances

    @property
    def is_told_by_model_alone(self) -> bool:
        """Whether an instance does not tell itself whether it has all of it; its size it does tell."""
        return any(path.startswith("virtualMachineProfile.") for path in self.paths)

    def __bool__(self) -> bool:
        return bool(self.vm_size or self.settings)

    def is_said_by(self, scale_set: ScaleSet) -> bool:
        """Whether the model says all of it, as far as it can be read."""
        return all(same_value(said(scale_set, one.path), one) for one in self.wanted if one.path not in HIDDEN)

    def is_known_to_be_said_by(self, scale_set: ScaleSet) -> bool:
        """The same, where nothing is left that cannot be read."""
        return not self.hidden and self.is_said_by(scale_set)

    def as_said_by(self, scale_set: ScaleSet) -> ModelChange:
        """The same members as the model says them, those that it has not included; what cannot be read is left out."""
        readable = (path for path in self.paths if path not in HIDDEN)
        return _of(said(scale_set, path) for path in readable)

    def way_back(self, scale_set: ScaleSet) -> ModelChange:
        """What leads back to what the model says now.

        Nobody confirms that a PATCH takes a member away, so one that is not there now is left out; a tag can go.
        """
        now = self.as_said_by(scale_set).wanted
        return _of(one for one in now if one.value is not None or one.path.startswith(f"{TAGS}."))

    def without_way_back(self, scale_set: ScaleSet) -> tuple[str, ...]:
        """The paths that an undo cannot bring back to what they are now."""
        back = self.way_back(scale_set).paths
        return tuple(path for path in self.paths if path not in back)

    def differences(self, before: ScaleSet) -> tuple[Difference, ...]:
        """What becomes of each member, in words."""
        return tuple(
            Difference(path=one.path, before=spoken(said(before, one.path)), after=spoken(one)) for one in self.wanted
        )

    def __str__(self) -> str:
        return ", ".join(f"{one.path} {spoken(one)}" for one in self.wanted)


NO_CHANGE = ModelChange()


def _of(settings: Iterable[Setting]) -> ModelChange:
    """The change, with a size in its own place."""
    found = tuple(settings)
    size = next((json.loads(one.value) for one in found if one.path == SIZE and one.value is not None), None)
    return ModelChange(vm_size=size, settings=tuple(one for one in found if size is None or one.path != SIZE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What a model has to say: its image (`None`: whatever it is), and members beside it."""

    image: Image | None
    change: ModelChange = NO_CHANGE

    def is_said_by(self, scale_set: ScaleSet) -> bool:
        """Whether the model says so, as far as it can be read."""
        return (self.image is None or same_image(scale_set.image, self.image)) and self.change.is_said_by(scale_set)

    def __str__(self) -> str:
        image = () if self.image is None else (str(self.image),)
        return ", ".join((*image, *((str(self.change),) if self.change else ())))


def said(scale_set: ScaleSet, path: str) -> Setting:
    """What the model says at a path."""
    if path == SIZE:
        return Setting(path=path, value=json.dumps(scale_set.vm_size) if scale_set.vm_size else None)
    if path.startswith(f"{TAGS}."):
        name = path.removeprefix(f"{TAGS}.").lower()
        found = next((value for tag, value in scale_set.tags.items() if tag.lower() == name), None)
        return Setting(path=path, value=None if found is None else json.dumps(found))
    return next((one for one in scale_set.settings if one.path == path), Setting(path=path))


def same_value(one: Setting, other: Setting) -> bool:
    """Whether both say the same; Azure tells names in another case than they were given, but for tags."""
    if one.value is None or other.value is None:
        return one.value is other.value
    left, right = json.loads(one.value), json.loads(other.value)
    if not one.path.startswith(f"{TAGS}."):
        left, right = folded(left), folded(right)
    return type(left) is type(right) and bool(left == right)


def changed_by_others(scale_set: ScaleSet, ours: Iterable[ModelChange]) -> tuple[Setting, ...]:
    """Members that say something which none of `ours` has put there: somebody else did."""
    allowed: dict[str, list[Setting]] = {}
    for change in ours:
        for one in change.wanted:
            allowed.setdefault(one.path, []).append(one)
    found = (said(scale_set, path) for path in allowed if path not in HIDDEN)
    return tuple(one for one in found if not any(same_value(one, known) for known in allowed[one.path]))


def spoken(setting: Setting) -> str:
    """A value in words; what may hold a secret by its fingerprint alone."""
    if setting.path in HIDDEN:
        return "not shown by Azure" if setting.value is None else fingerprint(setting.value)
    if setting.value is None:
        return "nothing"
    value = json.loads(setting.value)
    words = value if isinstance(value, str) and value else setting.value
    return words if len(words) <= SPOKEN_MAX else f"{words[:SPOKEN_MAX]}..."


def fingerprint(value: str) -> str:
    """Tells one value from another without telling it."""
    told = json.loads(value)
    if isinstance(told, dict):  # Veiled already.
        return str(told[VEIL])
    text = str(told)
    return f"sha256:{sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]} ({len(text)} characters)"


def veiled(change: ModelChange) -> ModelChange:
    """The same with a fingerprint in place of each value that may be secret: fit to be told, and not to be written."""
    if not change.hidden:
        return change
    return replace(change, settings=tuple(_veiled(one) if one.path in HIDDEN else one for one in change.settings))


def _veiled(setting: Setting) -> Setting:
    if setting.value is None:
        return setting
    return replace(setting, value=json.dumps({VEIL: fingerprint(setting.value)}))


def parse_vm_size(text: str) -> str:
    """Reads the name of a size.

    Raises:
        UsageError: it is none.
    """
    size = text.strip()
    if not (size.isascii() and size.replace("_", "").replace("-", "").isalnum() and "_" in size):
        raise UsageError(f"cannot read {text!r} as a VM size; write one such as Standard_D4s_v5")
    return size


def parse_setting(text: str) -> tuple[Setting, ...]:
    """Reads `PATH=VALUE`; a JSON object sets each of its members, and a JSON list those of the elements that it names.

    Raises:
        UsageError: it has no such form, the path cannot be set, or the value is none that it takes.
    """
    found = split_setting(text)
    if found is None:
        raise UsageError(f"cannot read {text[:SPOKEN_MAX]!r} as a setting; write PATH=VALUE")
    return tuple(settings_of(*found))


def settings_of(path: str, value: str) -> Iterator[Setting]:
    """What `value`, written as text or JSON, sets at `path` and below it.

    Raises:
        UsageError: the path cannot be set, or the value is none that it takes.
    """
    spelled, sort = find_member(path)
    if spelled == SIZE:
        yield Setting(path=SIZE, value=json.dumps(parse_vm_size(value)))
    elif isinstance(sort, Sort):
        yield Setting(path=spelled, value=json.dumps(value_of(spelled, sort, value)))
    elif isinstance(sort, Many):
        yield from _elements(spelled, sort, value)
    else:
        yield from _members(spelled, sort, value)


def _members(path: str, form: Form, value: str) -> Iterator[Setting]:
    read = read_json(value)
    if not isinstance(read, Mapping) or not read:
        raise UsageError(f"cannot set {path}: it has members ({', '.join(sorted(form))}); write {path}.MEMBER=VALUE")
    for name, inner in read.items():
        yield from settings_of(f"{path}.{name}", inner if isinstance(inner, str) else json.dumps(inner))


def _elements(path: str, many: Many, value: str) -> Iterator[Setting]:
    read = read_json(value)
    for one in read if isinstance(read, list) and read else [None]:
        members = dict(one) if isinstance(one, Mapping) else {}
        named = members.pop(many.key, None)
        if named is None or not members:
            raise UsageError(
                f"cannot set {path} so: it is a list; write {path}[{many.key}=...].MEMBER=VALUE, or a list in JSON "
                f"whose elements have their {many.key}; elements that it does not name stay"
            )
        yield from settings_of(f"{path}[{many.key}={named}]", json.dumps(members))


def check_settings(change: ModelChange) -> ModelChange:
    """The same, if it says each thing once.

    Raises:
        UsageError: a path is set twice.
    """
    seen: set[str] = set()
    for path in change.paths:
        if path.lower() in seen:
            also = " (--vm-size sets it as well)" if path == SIZE and change.vm_size is not None else ""
            raise UsageError(f"model.set (--set): {path} is set twice{also}; keep one")
        seen.add(path.lower())
    return change


def gather(vm_size: str | None, settings: Sequence[Setting]) -> ModelChange:
    """The change; a size that was given by its path is a size all the same.

    Raises:
        UsageError: a path is set twice.
    """
    return _of(check_settings(ModelChange(vm_size=vm_size, settings=tuple(settings))).wanted)
