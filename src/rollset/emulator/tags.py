"""Tags of resources: names and values in text, as many and as long as ARM takes.

Azure documentation: "Use tags to organize your Azure resources and management hierarchy". What it does not say is a
choice: a value that is no text is refused, and null is an empty one.
"""

from rollset.emulator.documents import Json
from rollset.emulator.refusal import invalid_parameter, invalid_value

TAGS_MAX = 50
NAME_LENGTH_MAX = 512
VALUE_LENGTH_MAX = 256
NAME_SHOWN_MAX = 60


def tags_of(asked: Json) -> dict[str, str] | None:
    """The tags that a document gives; none where it says nothing of them. A value that is null is an empty one."""
    tags = asked.get("tags")
    if tags is None:
        return None
    if not isinstance(tags, dict):
        raise invalid_value("tags")
    if len(tags) > TAGS_MAX:
        raise invalid_parameter("tags", f"A resource may have {TAGS_MAX} tags, and {len(tags)} were given.")
    return {name: _value(name, value) for name, value in tags.items()}


def _value(name: str, value: object) -> str:
    if value is None:
        return ""
    target = f"tags.{name[:NAME_SHOWN_MAX]}"
    if not isinstance(value, str):
        raise invalid_parameter(target, f"The value of parameter '{target}' is invalid: a tag is a text.")
    if len(name) > NAME_LENGTH_MAX or len(value) > VALUE_LENGTH_MAX:
        raise invalid_parameter(
            target,
            f"The name of a tag may have {NAME_LENGTH_MAX} characters and its value {VALUE_LENGTH_MAX}; '{target}' has "
            "more.",
        )
    return value
