"""Rolling a set: choose the image, the instances and the policy; see the plan; begin exactly that one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rollset.core.errors import UnsafeError, UsageError
from rollset.core.ids import ScaleSetId
from rollset.engine.durable.drafts import Draft, NoSuchDraft
from rollset.engine.durable.ledger import RolloutRow
from rollset.faces.again import again_text, may_hold_secrets
from rollset.faces.agreed import parse_hash
from rollset.faces.known import worker_command
from rollset.faces.rolloutfile.faulty import FaultyFile
from rollset.web import addresses
from rollset.web.access.asking import A_LISTING, A_PLAN, asks_azure, commands_of, needs
from rollset.web.access.roles import Role
from rollset.web.doing import begin_rollout
from rollset.web.looks import Look, in_time
from rollset.web.pages.asked import SET, TheSet, TheSite, TheUser, read_aside, site_of
from rollset.web.render import page
from rollset.web.rolling.begun import first_file
from rollset.web.rolling.both import Both, Sent, both_of, both_sent
from rollset.web.rolling.choices import Choice, Choices, choices
from rollset.web.rolling.fields import Field, Group, image_fields, policy_groups, select_fields
from rollset.web.rolling.planned import Planned, planned
from rollset.web.site import Site

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class RollPage:
    """The form beside its file."""

    id: ScaleSetId
    look: Look
    both: Both
    choices: Choices
    going: RolloutRow | None

    @property
    def image(self) -> tuple[Field, ...]:
        """The fields that name an image of the kind that the set has, and those that the file uses besides."""
        shown = ("image.version", "image.sku", "image.id", "image.uri", "model.vm_size")
        return tuple(one for one in image_fields() if self._is_of_use(one, shown))

    @property
    def select(self) -> tuple[Field, ...]:
        chosen = ("select.instances", *self.choices.of)
        return tuple(one for one in select_fields() if self._is_of_use(one, chosen))

    @property
    def policy(self) -> tuple[Group, ...]:
        return policy_groups()

    def choices_of(self, field: Field) -> tuple[Choice, ...]:
        """What can be chosen, with what the file says if that is none of it."""
        known = self.choices.of.get(field.name, ())
        if not known:
            return ()
        values = {one.value for one in known}
        return (*known, *(Choice(value=one, words=one) for one in self.chosen(field) if one not in values))

    def chosen(self, field: Field) -> list[str]:
        """What the file says of a facet."""
        return [one.strip() for one in (self.both.values[field.name] or "").split(",") if one.strip()]

    def is_used(self, group: Group) -> bool:
        """Whether the file says something about what the group holds, or something is wrong with it."""
        faults = self.both.faults_by_field
        return any(self.both.values[one.name] != "" or one.name in faults for one in group.fields)

    def _is_of_use(self, field: Field, shown: tuple[str, ...]) -> bool:
        if self.both.values[field.name] != "":
            return True
        if field.name in ("image.version", "image.sku"):
            return field.name in self.choices.of
        if field.name in ("image.id", "image.uri"):
            kind = {"image.id": "resource_id", "image.uri": "uri"}[field.name]
            return hasattr(self.look.fleet.scale_set.image, kind)
        return field.name in shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """A plan. `moved` is why another one, which was to be begun, was not."""

    id: ScaleSetId
    both: Both
    planned: Planned
    going: RolloutRow | None
    workers: int
    worker_command: str
    draft: str
    """Under which its file is kept."""
    moved: str = ""

    @property
    def address(self) -> str:
        """Where the plan that this file makes can be seen anew, by whoever may see the set."""
        return addresses.of_plan(self.id, self.draft)

    @property
    def form(self) -> str:
        """Where the file can be changed."""
        return f"{addresses.of_set(self.id, 'roll')}?draft={self.draft}"


async def sent_in(request: Request) -> Sent:
    """The fields of a form, and of the address."""
    pairs = request.query_params.multi_items()
    if request.method == "POST":
        pairs += [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


TheForm = Annotated[Sent, Depends(sent_in)]


async def both_in(request: Request, scale_set: TheSet, sent: TheForm) -> Both:
    """The form and the file that a browser sent."""
    return await read_aside(request, partial(both_sent, sent, scale_set, commands=commands_of(request)))


TheBoth = Annotated[Both, Depends(both_in)]


@router.get(f"{SET}/roll", dependencies=[Depends(asks_azure(A_LISTING))])
async def roll(request: Request, site: TheSite, scale_set: TheSet, sent: TheForm) -> HTMLResponse:
    """The form, with what was chosen on the page of the set, with the file of a plan, or with that of a rollout."""
    look = await site.looks.look(scale_set)
    draft, again = ("".join(sent.get(name, ())[:1]) for name in ("draft", "again"))
    text = await find_text(request, scale_set, draft=draft, again=again) or first_file(look, sent)
    both = await read_aside(request, partial(both_of, text, scale_set, commands=commands_of(request)))
    return await _form(request, site, look, both)


@router.post(f"{SET}/roll", dependencies=[Depends(asks_azure(A_LISTING))])
async def bring_into_line(request: Request, site: TheSite, scale_set: TheSet, both: TheBoth) -> HTMLResponse:
    """The form again, with each side as the other has it."""
    return await _form(request, site, await site.looks.look(scale_set), both)


@router.post(f"{SET}/roll/plan", dependencies=[Depends(asks_azure(A_LISTING))])
async def ask_for_plan(request: Request, site: TheSite, scale_set: TheSet, both: TheBoth) -> Response:
    """Keeps the file, and leads to the page of its plan."""
    if both.meant is None:
        return await _faulty(request, site, scale_set, both)
    draft = await keep_draft(site, scale_set, both.text)
    return RedirectResponse(addresses.of_plan(scale_set, draft), status_code=HTTPStatus.SEE_OTHER)


@router.get(f"{SET}/roll/plans/{{draft}}", dependencies=[Depends(asks_azure(A_PLAN))])
async def plan(request: Request, site: TheSite, scale_set: TheSet, draft: str) -> HTMLResponse:
    """The plan that a file makes now."""
    kept = await find_draft(site, scale_set, draft)
    try:
        both = await read_aside(request, partial(both_of, kept.text, scale_set, commands=commands_of(request)))
    except FaultyFile as error:  # A newer rollset may read files otherwise than the one that kept it.
        raise NoSuchDraft(str(error)) from error
    if both.meant is None:
        return await _faulty(request, site, scale_set, both)
    return await _plan(request, site, scale_set, both)


async def keep_draft(site: Site, scale_set: ScaleSetId, text: str) -> str:
    """Keeps a file, so that the page of its plan has an address; gives its name."""
    draft = Draft(scale_set=scale_set.path.lower(), text=text)
    return await asyncio.to_thread(site.drafts.keep, draft, time.time())


async def find_text(request: Request, scale_set: ScaleSetId, *, draft: str = "", again: str = "") -> str:
    """The kept file `draft`, or that which asks for the rollout `again` once more; empty where neither is named.

    Raises:
        NoSuchDraft: it is kept no more, or is for another set.
        NoSuchRollout: there is none of that name.
        UsageError: the rollout is one of another set, or cannot be told as a file.
        Refused: there may be secrets in what it was asked for, and whoever asks may only look.
    """
    site = site_of(request)
    if draft:
        return (await find_draft(site, scale_set, draft)).text
    if not again:
        return ""
    account = (await site.accounts.report(again)).account
    if account.row.scale_set.lower() != scale_set.path.lower():
        raise UsageError(f"{account.id} is no rollout of {scale_set}: roll it again from its own page")
    if may_hold_secrets(account):
        await needs(Role.OPERATOR)(request)
    return again_text(account)


async def find_draft(site: Site, scale_set: ScaleSetId, name: str) -> Draft:
    """The kept file of that name, if it is one for this set."""
    found = await asyncio.to_thread(site.drafts.find, name)
    if found.scale_set != scale_set.path.lower():
        raise NoSuchDraft(f"the rollout file of this plan is not for {scale_set}; fill in the form of its set again")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What is to be begun: the file, the plan that was looked at, and the findings that were accepted."""

    both: Both
    plan_hash: str
    accepted: Sequence[str]


def start_in(both: TheBoth, sent: TheForm) -> Start:
    """What the form on the page of a plan asks for.

    Raises:
        UsageError: it names no plan.
    """
    plan_hash = parse_hash("".join(sent.get("hash", ())[:1]))
    return Start(both=both, plan_hash=plan_hash, accepted=sent.get("accept", ()))


@router.post(f"{SET}/roll/start")
async def start(
    request: Request, site: TheSite, scale_set: TheSet, wanted: Annotated[Start, Depends(start_in)], user: TheUser
) -> Response:
    """Begins exactly the plan that was looked at; where it is another one by now, that is shown instead."""
    if wanted.both.meant is None:
        return await _faulty(request, site, scale_set, wanted.both)
    found = site.plans.find(wanted.plan_hash, wanted.both.meant.wish)
    try:
        rollout = await begin_rollout(request, site, found, wanted.accepted, user)
    except UnsafeError as error:
        return await _plan(request, site, scale_set, wanted.both, moved=str(error))
    return RedirectResponse(addresses.of_rollout(rollout), status_code=HTTPStatus.SEE_OTHER)


async def _faulty(request: Request, site: Site, scale_set: ScaleSetId, both: Both) -> HTMLResponse:
    look = await site.looks.look(scale_set)
    return await _form(request, site, look, both, status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _form(
    request: Request, site: Site, look: Look, both: Both, status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    scale_set = look.fleet.scale_set.id
    sku = both.values["image.sku"]
    found, going = await asyncio.gather(
        in_time(scale_set, choices(site.azure, look, sku or None)), site.accounts.going(scale_set)
    )
    model = RollPage(id=scale_set, look=look, both=both, choices=found, going=going)
    return page(request, "roll.html", model, status=status)


async def _plan(request: Request, site: Site, scale_set: ScaleSetId, both: Both, moved: str = "") -> HTMLResponse:
    assert both.meant is not None, "a file with faults has no plan"
    found, going, workers = await asyncio.gather(
        planned(site.azure, site.database, both.meant.wish),
        site.accounts.going(scale_set),
        asyncio.to_thread(site.count_workers),
    )
    site.plans.keep(found.plan, both.meant.wish)
    model = PlanPage(
        id=scale_set,
        both=both,
        planned=found,
        going=going,
        workers=workers,
        worker_command=worker_command(site.database.state),
        draft=await keep_draft(site, scale_set, both.text),
        moved=moved,
    )
    return page(request, "plan.html", model, status=HTTPStatus.CONFLICT if moved else HTTPStatus.OK)
