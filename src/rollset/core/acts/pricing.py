"""The price of any act: what pages and commands ask for."""

from __future__ import annotations

from typing import assert_never

from rollset.core.acts.act import Act, Edit, OnInstances, Scale
from rollset.core.acts.oninstances import price_on_instances
from rollset.core.acts.onmodel import price_of_edit, price_of_scaling
from rollset.core.acts.price import Case, Price


def price(act: Act, case: Case) -> Price:
    """What the act costs on the set as `case` shows it, and why it is refused; an edit names its image exactly.

    Raises:
        UsageError: it means instances or domains that the set does not have.
    """
    match act:
        case OnInstances():
            return price_on_instances(act, case)
        case Scale():
            return price_of_scaling(act, case)
        case Edit():
            return price_of_edit(act, case)
        case _:
            assert_never(act)
