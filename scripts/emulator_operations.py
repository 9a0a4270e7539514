#!/usr/bin/env python3
"""Puts the table of operations, which the routes are, into docs/emulator.md; with `--check`, only compares it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from rollset.emulator.api.paths import COMPUTE, GROUP
from rollset.emulator.api.routes import ARM, ARM_ROUTES

PAGE = Path(__file__).parent.parent / "docs" / "emulator.md"
BLOCK = re.compile(r"(<!-- operations -->\n).*?(<!-- end of operations -->\n)", re.DOTALL)
SHORT = ((f"{GROUP}/providers/Microsoft.Compute", "~"), (COMPUTE, "^"))
METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
# What Azure has beside and the emulator has not.
MISSING = (
    ("~/virtualMachineScaleSets/{name}/virtualMachines/{instance}/runCommands", "GET"),
    ("~/virtualMachineScaleSets/{name}/virtualMachines/{instance}/runCommands/{command}", "GET, PUT, PATCH, DELETE"),
    ("~/virtualMachines/{machine}/capture", "POST"),
    ("~/virtualMachines/{machine}/generalize", "POST"),
    ("~/virtualMachines/{machine}/assessPatches", "POST"),
    ("~/virtualMachines/{machine}/installPatches", "POST"),
    ("~/galleries/{gallery}/applications", "GET"),
)


def table() -> str:
    """A row a path, in the order of the paths."""
    rows = [(path, methods, "yes") for path, methods in served()]
    rows += [(path, methods, "no") for path, methods in MISSING if not is_served(path, methods)]
    lines = [f"| `{path}` | {methods} | {answer} |" for path, methods, answer in sorted(rows)]
    return "\n".join(["| path | methods | supported |", "| --- | --- | --- |", *lines, ""])


def served() -> Iterator[tuple[str, str]]:
    """Every path that has a route, with all its methods."""
    found: dict[str, set[str]] = {}
    for route in ARM_ROUTES:
        found.setdefault(shortened(route.template), set()).add(route.method)
    for path, methods in found.items():
        yield path, ", ".join(method for method in METHODS if method in methods)


def shortened(template: str) -> str:
    for long, short in SHORT:
        if template.startswith(f"{long}/"):
            return short + template.removeprefix(long)
    return template


def is_served(path: str, methods: str) -> bool:
    """Whether a path that the list says is missing has come since."""
    full = path
    for long, short in SHORT:
        full = full.replace(short, long, 1)
    return ARM.find(methods.partition(",")[0], full) is not None


def main() -> None:
    """Rewrites the page, or checks it."""
    page = PAGE.read_text("utf-8")
    fresh = BLOCK.sub(lambda found: found[1] + table() + found[2], page)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh, "utf-8")
    elif page != fresh:
        sys.exit(1)


if __name__ == "__main__":
    main()
