"""`rollset schema`: the JSON Schema of rollout files."""

from __future__ import annotations

import json

import click

EPILOG = """\b
Examples:
  # Editors with a YAML language server then complete and check the keys of a file that begins with
  #   # yaml-language-server: $schema=rollout.schema.json
  rollset schema > rollout.schema.json"""


@click.command(epilog=EPILOG)
def schema() -> None:
    """Print the JSON Schema of rollout files (`-f`), for editors and checks in CI."""
    from rollset.faces.rolloutfile.schema import rollout_schema  # noqa: PLC0415 (pydantic takes its time)

    click.echo(json.dumps(rollout_schema(), indent=2))
