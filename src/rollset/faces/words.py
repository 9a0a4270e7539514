"""Sentences and tables that several commands print: an image, a plan, an outcome."""

from __future__ import annotations

from rollset.core.fleet import ScaleSet
from rollset.core.image import Image, PlatformImage, same_image
from rollset.core.properties import Properties

STOPPING = "stopping: nothing more is started, what was switched is put back (Ctrl-C again: at once)"


def image_change(before: Image | None, after: Image | None) -> str:
    """What differs between two images, without repeating what they share.

    >>> old = PlatformImage(publisher="P", offer="O", sku="S", version="1")
    >>> image_change(old, PlatformImage(publisher="P", offer="O", sku="S", version="2"))
    'P:O:S 1 -> 2'
    """
    if same_image(before, after):
        return str(after)
    if not isinstance(before, PlatformImage) or not isinstance(after, PlatformImage):
        return f"{before} -> {after}"
    if before.sku == after.sku:
        return f"{after.publisher}:{after.offer}:{after.sku} {before.version} -> {after.version}"
    return f"{after.publisher}:{after.offer} {before.sku}:{before.version} -> {after.sku}:{after.version}"


def image_change_short(before: Image | None, after: Image | None) -> str:
    """The same where space is scarce: without the publisher."""
    words = image_change(before, after)
    return words.partition(":")[2] if isinstance(before, PlatformImage) and isinstance(after, PlatformImage) else words


def plural(number: int, word: str) -> str:
    """`1 instance`, `20 instances`."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def facts(scale_set: ScaleSet) -> str:
    """A set in one line."""
    words = [
        scale_set.location,
        scale_set.vm_size,
        *(f"zones {'/'.join(scale_set.zones)}" for _ in scale_set.zones[:1]),
    ]
    words += [plural(scale_set.capacity, "instance"), f"upgrade policy {scale_set.upgrade_mode}"]
    return f"{scale_set.id}  ({', '.join(filter(None, words))})"


def more_facts(properties: Properties) -> str:
    """What a model says beside its image and size, as far as it says it, in one line."""
    told = properties
    words = [
        f"admin user {told.admin_user}" if told.admin_user else "",
        f"name prefix {told.name_prefix}" if told.name_prefix else "",
        plural(told.fault_domains, "fault domain") if told.fault_domains else "",
        "" if told.overprovision is None else f"overprovision {'on' if told.overprovision else 'off'}",
        told.priority if told.priority and told.priority.lower() != "regular" else "",
        f"OS disk {told.os_disk.storage}" if told.os_disk.storage else "",
        "in a proximity placement group" if told.proximity_group else "",
        "on dedicated hosts" if told.host_group else "",
    ]
    return ", ".join(filter(None, words))
