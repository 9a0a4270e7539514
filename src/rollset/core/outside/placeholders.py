"""What stands in braces in a call: facts that are filled in when it is made, such as `{id}` and `{ip}`.

`${NAME}` is a variable of the process that makes the call, and no fact; `{{word}}` stands for `{word}` itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import assert_never

from rollset.core.errors import UsageError
from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import AzureMetric, AzureView, PrometheusQuery, Question, TcpProbe
from rollset.core.outside.hooks import Moment

ADDRESS = "ip"

OF_ROLLOUT = ("image", "resource_group", "rollout", "scale_set", "subscription")
OF_INSTANCE = ("fault_domain", "id", "instance", ADDRESS, "name", "placement_group", "update_domain", "zone")
OF_BATCH = ("instances",)
OF_END = ("ending", "reason")

PLACEHOLDER = re.compile(r"(?<![${])\{([a-z_]+)\}(?!\})")

KNOWN_TO_GATES = (*OF_ROLLOUT, *OF_INSTANCE)


def known_at(moment: Moment) -> tuple[str, ...]:
    """The facts that a hook of this moment is told."""
    more: tuple[str, ...]
    match moment:
        case Moment.BEFORE_INSTANCE | Moment.AFTER_INSTANCE:
            more = OF_INSTANCE
        case Moment.BEFORE_BATCH | Moment.AFTER_BATCH:
            more = OF_BATCH
        case Moment.AFTER_ROLLOUT:
            more = OF_END
        case Moment.BEFORE_ROLLOUT:
            more = ()
        case _:
            assert_never(moment)
    return (*OF_ROLLOUT, *more, "moment")


def templates(question: Question) -> tuple[str, ...]:
    """The texts of a question, or of what a hook calls, in which facts may stand."""
    match question:
        case WebCall():
            return (question.url, question.body or "", *(value for _, value in question.headers))
        case TcpProbe():
            return (question.address,)
        case PrometheusQuery():
            return (question.url, question.query, *(value for _, value in question.headers))
        case Command():
            return question.argv
        case AzureView() | AzureMetric():
            return ()
        case _:
            assert_never(question)


def names_address(question: Question) -> bool:
    """Whether it asks for the address of an instance, which Azure has to be asked for."""
    return any(ADDRESS in PLACEHOLDER.findall(text) for text in templates(question))


def check_placeholders(question: Question, known: Collection[str]) -> None:
    """Makes sure that everything in braces is a fact that the call will be told.

    Raises:
        UsageError: something is not.
    """
    for text in templates(question):
        for name in PLACEHOLDER.findall(text):
            if name not in known:
                facts = ", ".join(f"{{{one}}}" for one in sorted(known))
                raise UsageError(
                    f"{{{name}}} is nothing that is known there; known are {facts}; for the word in braces itself "
                    f"write {{{{{name}}}}}"
                )
