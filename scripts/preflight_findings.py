#!/usr/bin/env python3
"""Puts the table of findings, which the core knows, into docs/policies/preflight.md; `--check` only compares it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rollset.core.preflight.examine import KINDS
from rollset.core.preflight.finding import Kind, Severity

PAGE = Path(__file__).parent.parent / "docs" / "policies" / "preflight.md"
BLOCK = re.compile(r"(<!-- findings -->\n).*?(<!-- end of findings -->\n)", re.DOTALL)


def table() -> str:
    """A row a finding: the blocking ones first."""
    ordered = [kind for severity in Severity for kind in KINDS if kind.severity is severity]
    rows = [f"| `{kind.name}` | {kind.severity} | {_accept(kind)} | {kind.means} |" for kind in ordered]
    return "\n".join(["| finding | severity | `--accept` | what it means |", "| --- | --- | --- | --- |", *rows, ""])


def _accept(kind: Kind) -> str:
    if kind.severity is not Severity.BLOCKING:
        return "-"
    return "yes" if kind.acceptable else "no"


def main() -> None:
    """Rewrites the page, or checks it."""
    page = PAGE.read_text()
    fresh = BLOCK.sub(lambda found: found[1] + table() + found[2], page)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh)
    elif page != fresh:
        sys.stderr.write("docs/policies/preflight.md differs from the findings; run: scripts/preflight_findings.py\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
