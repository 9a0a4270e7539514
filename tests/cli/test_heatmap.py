"""The heatmap and the frames of the live view: drawn fleets in, drawn text out."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console, Group
from rich.text import Text

from rollset.arm.pauses import Pause
from rollset.cli.frame import Frames, Moment
from rollset.cli.heatmap import Detail, Heatmap, Layout
from rollset.core.decide import Wait
from rollset.core.fleet import Instance, Place
from rollset.core.ids import InstanceId
from rollset.core.undo import Leg, Undo
from rollset.engine import events
from rollset.engine.present import present_of, read_present
from rollset.faces.grid import grids_of, places_of
from rollset.faces.marks import Mark, marks_of
from rollset.faces.seen import from_afar
from rollset.faces.story import Story
from tests.cli.grids import OLD, fleet, instances, situation, story

OLDER = replace(OLD, version="0.9")


def drawn(*grids: tuple[Instance, ...], width: int = 80, height: int | None = None, unicode: bool = True) -> list[str]:
    seen = situation(*grids)
    lines = Heatmap(grids_of(places_of(seen.fleet.instances)), unicode).lines(marks_of(seen), width, height)
    assert all(line.cell_len <= width for line in lines)
    return [line.plain.rstrip() for line in lines]


def thousand() -> list[tuple[Instance, ...]]:
    """Ten placement groups of 100, the first of them done."""
    groups = []
    for number in range(10):
        row = ("n" if number == 0 else "o") * 5
        quarter = [
            instances(" ".join([row] * 5), first=100 * number + 25 * k, group=f"{number:08}-ff") for k in range(4)
        ]
        groups += quarter
    return groups


def test_every_state_has_a_sign_of_its_own():
    assert drawn(instances("onus. xp-!o")) == [
        "      FD 0  FD 1  FD 2  FD 3  FD 4",
        "UD 0   ○ 0   ● 1   ▲ 2   ◐ 3",
        "UD 1   ✗ 4   ◆ 5   ■ 6   ! 7   ○ 8",
    ]
    assert len({mark.sign for mark in Mark}) == len({mark.ascii_sign for mark in Mark}) == len(Mark)


def test_where_the_terminal_knows_ascii_only_so_do_the_signs():
    lines = drawn(instances("onus. xp-!o"), unicode=False)
    assert "\n".join(lines).isascii()
    assert lines[1] == "UD 0   o 0   # 1   ^ 2   ~ 3"


def test_several_instances_in_one_place_stand_side_by_side():
    assert drawn(instances("oo"), instances("nn", first=2), instances("p.", first=4)) == [
        "      FD 0              FD 1",
        "UD 0   ○ 0   ● 2   ◆ 4   ○ 1   ● 3",
    ]


def test_and_below_each_other_where_the_room_is_narrow():
    assert drawn(instances("oo"), instances("nn", first=2), instances("p.", first=4), width=20) == [
        "      FD 0  FD 1",
        "UD 0   ○ 0   ○ 1",
        "       ● 2   ● 3",
        "       ◆ 4",
    ]


def test_a_grid_for_each_zone_or_placement_group():
    assert drawn(instances("oo", zone="2", group="b"), instances("nn", first=2, zone="1", group="a")) == [
        "zone 1               zone 2",
        "      FD 0  FD 1           FD 0  FD 1",
        "UD 0   ● 2   ● 3     UD 0   ○ 0   ○ 1",
    ]
    titles = drawn(instances("o", group="11111111-x"), instances("o", first=1, group="22222222-x"))[0]
    assert titles.split() == ["group", "11111111", "group", "22222222"]


def test_without_domains_instances_stand_in_the_order_of_their_ids():
    bare = tuple(
        Instance(
            id=one.id,
            place=Place(),
            image=one.image,
            latest_model_applied=True,
            provisioning=one.provisioning,
            power=one.power,
            health=one.health,
        )
        for one in instances("oonno")
    )
    assert drawn(bare, width=20) == [" ○ 0   ○ 1   ● 2", " ● 3   ○ 4"]


@pytest.mark.parametrize(
    ("width", "height", "detail"),
    [(80, None, Detail.TILES), (120, 31, Detail.SIGNS), (80, 14, Detail.BARS)],
)
def test_a_thousand_instances_are_drawn_as_detailed_as_the_room_allows(width: int, height: int | None, detail: Detail):
    seen = situation(*thousand())
    heatmap = Heatmap(grids_of(places_of(seen.fleet.instances)))
    layout = heatmap.layout(width, height)
    assert layout.detail is detail
    lines = heatmap.lines(marks_of(seen), width, height)
    assert height is None or len(lines) <= height
    assert max(line.cell_len for line in lines) <= width


def test_bars_count_each_update_domain_over_all_groups():
    lines = drawn(*thousand(), width=80, height=14)
    assert len(lines) == 5
    assert lines[0].startswith("UD 0 ●●●●○○○")
    assert lines[0].endswith("● 20  ○ 180")


def test_a_layout_is_the_tightest_that_fits():
    assert Heatmap(grids_of(places_of(fleet(instances("oo oo")).instances))).layout(80, 3) == Layout(Detail.TILES, 1, 1)


def frame(story: Story, width: int = 80, height: int = 24, extra: str = "") -> list[str]:
    moment = Moment(seconds=83, arm_requests=41, extra=extra)
    lines = Frames(story).lines(moment, width, height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    return [line.plain.rstrip() for line in lines]


def test_a_frame_on_a_small_terminal():
    told = story(instances("on.o. .onuo oo.o- o.ooo .opoo"))
    reason = "the canary goes alone: waiting for 4 to prove itself"
    told.take(events.Waiting(at=83, decision=Wait(reason=reason), seconds=5))
    assert frame(told, extra="812 requests served, 0 failed") == [
        "myrg/web  Server:S 1.0 → 2.0",
        "",
        "      FD 0   FD 1   FD 2   FD 3   FD 4",
        "UD 0   ○  0   ●  1          ○  2",
        "UD 1          ○  3   ●  4   ▲  5   ○  6",
        "UD 2   ○  7   ○  8          ○  9   ■ 10",
        "UD 3   ○ 11          ○ 12   ○ 13   ○ 14",
        "UD 4          ○ 15   ◆ 16   ○ 17   ○ 18",
        "",
        "● up to date 2   ◐ settling 0   ▲ being upgraded 1   ○ outdated 14",
        "◆ protected 1   ■ stopped 1",
        "",
        "────────────────────────────────────────────────────────────  0/15 done  1:23",
        "the canary goes alone: waiting for 4 to prove itself",
        "2 of 19 out, at most 1 may be; 41 ARM requests",
        "812 requests served, 0 failed",
    ]


def test_a_legend_takes_as_many_lines_as_it_needs():
    told = story(instances("onus. xp-!o"))
    narrow, wide = "\n".join(frame(told, width=46)), "\n".join(frame(told, width=200))
    for mark in Mark:
        there = mark not in {Mark.LEAVING, Mark.BAKING, Mark.PARKED}
        assert (f"{mark.sign} {mark.words}" in wide) == there
        assert (f"{mark.sign} {mark.words}" in narrow) == there


def test_a_wait_for_the_budget_is_said_in_words_and_not_as_numbers():
    told = story(instances("ooo"))
    for serving in (18, 19):
        budget = Wait(reason=f"{serving} of 20 in service, at most 2 out, 2 in flight", barrier=False)
        told.take(events.Waiting(at=1, decision=budget, seconds=5))
        assert frame(told)[-2] == "as many are out as may be: the next leaves when one is back"


def test_who_joins_meanwhile_is_not_counted_as_done():
    told = story(instances("on"))
    assert (told.done, told.total) == (0, 1)


def test_what_was_asked_for_shows_at_once():
    told = story(instances("ooo"))
    told.take(events.Asked(at=1, instances=(told.state.plan.upgrades[0],), reason="canary, alone"))
    lines = frame(told)
    assert "▲ 0" in lines[3]
    assert lines[-2:] == ["upgrading 0", "1 of 3 out, at most 1 may be; 41 ARM requests"]


def test_waits_by_throttling_are_counted_and_said():
    told = story(instances("ooo"))
    told.take_pause(Pause(reason="Azure asks for fewer requests (429)", seconds=20, attempted="looking"))
    assert frame(told)[-2:] == [
        "Azure asks for fewer requests (429); going on in 20 s (looking)",
        "0 of 3 out, at most 1 may be; 41 ARM requests, 1 pause",
    ]


def test_a_wish_to_stop_is_answered_at_once():
    told = story(instances("ooo"))
    told.take_stop()
    assert frame(told)[-2].startswith("stopping: nothing more is started")


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (120, 40), (200, 60), (20, 8)])
def test_a_frame_of_a_thousand_fits_every_terminal(width: int, height: int):
    lines = frame(story(*thousand()), width, height)
    assert lines[0].startswith("myrg/web")


def test_colours_go_away_and_the_signs_stay():
    out = StringIO()
    console = Console(file=out, force_terminal=True, no_color=True, color_system="truecolor", width=80)
    seen = situation(instances("on"))
    console.print(Group(*Heatmap(grids_of(places_of(seen.fleet.instances))).lines(marks_of(seen), 80)))
    assert "○ 0" in Text.from_ansi(out.getvalue()).plain
    assert "\x1b[30;42m" not in out.getvalue()


def test_from_afar_the_picture_is_the_same():
    drawn = instances("on.o. .onuo oo.o- o.ooo .opdo")
    told = story(drawn)
    near = frame(told)
    state, here = told.state, situation(drawn)
    present = read_present(present_of(state, here, Wait(reason="the canary goes alone"), 83.0))
    afar = Story.of(state)
    afar.see(from_afar(present, state), present.reason)
    assert frame(afar)[:-2] == near[:-2]
    assert frame(afar)[-2:] == ["the canary goes alone", near[-1]]


def test_who_bakes_is_drawn_so():
    told = story(instances("oon"))
    present = replace(
        read_present(present_of(told.state, situation(instances("oon")), Wait(reason="to bake"), 1.0)),
        baking=(told.state.order.fleet.instances[2].id,),
    )
    told.see(from_afar(present, told.state), present.reason)
    assert "◉ 2" in frame(told)[3]


def test_a_way_back_counts_those_that_come_back_part_by_part():
    told = story(instances("nno"))
    zero, one = (InstanceId(name) for name in ("0", "1"))
    way = Undo(legs=(Leg(image=OLDER, instances=(one,)), Leg(image=OLD, instances=(zero,))), left=(), model=OLD)
    told.take(events.TurnedBack(at=1.0, reason="undo ordered by ann@host", undo=way))
    assert frame(told)[0] == "myrg/web  going back to P:Server:S:0.9 (part 1 of 2)"
    assert (told.done, told.total) == (0, 2)
    assert told.said == (
        "undo ordered by ann@host; 1 back to P:Server:S:0.9, then 0 back to P:Server:S:1.0; the model to P:Server:S:1.0"
    )
    told.take(events.LegDone(at=2.0))
    assert frame(told)[0] == "myrg/web  going back to P:Server:S:1.0 (part 2 of 2)"
    assert (told.done, told.total) == (1, 2)
