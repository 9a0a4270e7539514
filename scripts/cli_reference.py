#!/usr/bin/env python3
"""Puts the real `--help` of every command into docs/cli.md; with `--check`, only tells whether it is there already."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
from click.testing import CliRunner

from rollset.cli.main import rollset

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
BLOCK = re.compile(r"(<!-- help of (?P<words>[a-z ]+) -->\n```text\n).*?(```\n)", re.DOTALL)
COLUMNS = 100


def help_of(words: str) -> str:
    """What `rollset ... --help` prints on a terminal of a fixed width."""
    arguments = [*words.split()[1:], "--help"]
    result = CliRunner().invoke(rollset, arguments, prog_name="rollset", terminal_width=COLUMNS)
    assert result.exit_code == 0, result.output
    return result.output


def main() -> None:
    """Rewrites the page, or checks it."""
    page = PAGE.read_text()
    fresh = BLOCK.sub(lambda found: found[1] + help_of(found["words"]) + found[3], page)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh)
    elif page != fresh:
        click.echo("docs/cli.md differs from the help of the commands; run: scripts/cli_reference.py", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
