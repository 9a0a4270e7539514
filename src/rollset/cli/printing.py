"""The document of a command on stdout."""

from __future__ import annotations

import json

import click

from rollset.faces.documents import Json


def print_document(document: Json) -> None:
    """The one document of a command, on stdout."""
    click.echo(json.dumps(document, indent=2))
