"""The inventory in front of the emulator, in virtual time: what it knows of many sets, and what it tells when."""

import asyncio
from dataclasses import replace

import msgspec

from rollset.core.fleet import Power, Provisioning
from rollset.emulator.fleet import Fleet
from rollset.fleet.look import Look
from rollset.fleet.query import Query
from rollset.fleet.row import RolloutNote, State
from rollset.fleet.subjects import SUBSCRIPTIONS
from rollset.fleet.tempo import TEMPO
from tests.fleet.stage import NEW_VERSION, OLD, SECOND, act, clear_faults, stage, two_subscriptions, until, until_known
from tests.support.emulated import fleet
from tests.support.inprocess import connection_refused
from tests.support.virtual import virtual_loop

LOOK = "virtualMachineScaleSets/{}/virtualMachines"


async def test_every_set_is_listed_and_looked_at():
    standing = {"0": {"power": "deallocated"}, "1": {"protected": True}, "2": {"health": "unhealthy"}}
    async with stage("web", "api", capacity=5, image=OLD, instances=standing, tags={"team": "shop"}) as (
        azure,
        inventory,
    ):
        await until_known(inventory, 2)
        row = inventory.row(azure.id("WEB"))
        (news,) = inventory.subscriptions
    assert (row.counts.total, row.counts.running, row.counts.stopped, row.counts.protected) == (5, 4, 1, 1)
    assert row.counts.unhealthy == 1
    assert (row.outdated, row.behind, row.oldest, row.oldest_behind) == (0, 1, "4.0.20160126", 1)
    assert row.states == {State.STOPPED, State.PROTECTED, State.UNHEALTHY, State.BEHIND}
    assert [cell.power for cell in row.look.heat] == [Power.DEALLOCATED] + 4 * [Power.RUNNING]
    assert (news.name, news.sets, news.troubles) == ("Emulated subscription", 2, ())
    assert [row.id.name for row in inventory.select(Query(text="shop")).rows] == ["api", "web"]


async def test_a_set_that_follows_latest_is_outdated_when_a_newer_version_is_offered():
    running = {str(number): {"exact_version": "4.0.20160126"} for number in range(3)}
    image = f"{OLD.rpartition(':')[0]}:latest"
    async with stage("web", capacity=3, image=image, instances=running) as (azure, inventory):
        await until_known(inventory, 1)
        row = inventory.row(azure.id("web"))
    assert (row.outdated, row.behind, row.oldest_behind) == (3, 0, 1)
    assert str(row.exact).endswith(NEW_VERSION)
    assert State.OUTDATED in row.states


async def test_all_subscriptions_that_the_credential_sees_are_known():
    async with two_subscriptions(fleet("web", capacity=1), fleet("web", "api", capacity=1)) as (_, inventory):
        await until_known(inventory, 3)
        assert {(row.id.subscription[-1], row.id.name) for row in inventory.rows} == {
            ("1", "web"),
            ("2", "web"),
            ("2", "api"),
        }
        assert [news.sets for news in inventory.subscriptions] == [1, 2]


async def test_only_the_chosen_subscription_is_asked():
    both = fleet("web", capacity=1), fleet("api", capacity=1)
    async with two_subscriptions(*both, subscriptions=[SECOND]) as (azure, inventory):
        await until_known(inventory, 1)
        assert [row.id.name for row in inventory.rows] == ["api"]
        assert all(SECOND in url for url in azure.transport.urls)


async def test_what_happens_to_a_set_is_told_within_the_tempo():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await until_known(inventory, 2)
        before = inventory.version
        await act(azure, "POST", "virtualMachineScaleSets/web/poweroff", {"instanceIds": ["1"]})
        began = virtual_loop().time()
        await until(inventory, lambda: inventory.row(azure.id("web")).counts.stopped == 1)
        took = virtual_loop().time() - began
        changes = inventory.changes(before)
        key = inventory.row(azure.id("web")).key
    assert changes.changed[-1] == key
    assert inventory.row(azure.id("api")).key not in changes.changed
    assert took <= TEMPO.look_seconds + TEMPO.list_seconds


async def test_a_set_on_the_screen_is_looked_at_sooner():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await until_known(inventory, 2)
        web, api = inventory.row(azure.id("web")), inventory.row(azure.id("api"))
        inventory.want([web.key])
        await asyncio.sleep(TEMPO.wanted_seconds + 1)
        assert inventory.row(web.id).look.at > web.look.at
        assert inventory.row(api.id).look.at == api.look.at


async def test_a_large_screen_does_not_starve_the_sets_that_are_not_on_it():
    """Forty sets wanted each second ask for more than Azure refills; twenty others want to be seen each half minute."""
    names, tempo = [f"set{number}" for number in range(60)], replace(TEMPO, wanted_seconds=1.0, look_seconds=30.0)
    async with stage(*names, capacity=1, throttle=True, tempo=tempo) as (azure, inventory):
        await until_known(inventory, 60)
        wanted, others = inventory.rows[:40], inventory.rows[40:]
        for _ in range(6):
            inventory.want(row.key for row in wanted)
            await asyncio.sleep(20)
        ages = [virtual_loop().now() - inventory.row(row.key).look.at for row in others]
        assert azure.pauses == []
        assert inventory.troubles == ()
    assert max(ages) <= 45


async def test_what_was_acted_on_is_looked_at_now():
    async with stage("web", capacity=2) as (azure, inventory):
        await until_known(inventory, 1)
        await asyncio.sleep(5)
        inventory.refresh(azure.id("web"))
        await asyncio.sleep(0.1)
        assert inventory.row(azure.id("web")).look.at >= virtual_loop().now() - 0.1


async def test_a_set_that_is_deleted_goes_and_one_that_is_made_comes():
    async with stage("web", "api", capacity=1) as (azure, inventory):
        await until_known(inventory, 2)
        before, key = inventory.version, inventory.row(azure.id("api")).key
        await act(azure, "DELETE", "virtualMachineScaleSets/api")
        await until(inventory, lambda: len(inventory.rows) == 1)
        assert inventory.changes(before).gone == (key,)


async def test_another_set_of_the_same_name_does_not_inherit_what_was_seen():
    async with stage("web", capacity=2) as (azure, inventory):
        await until_known(inventory, 1)
        seen, place = inventory.row(azure.id("web")), "virtualMachineScaleSets/web"
        document = await act(azure, "GET", place)
        await act(azure, "DELETE", place)
        await asyncio.sleep(TEMPO.list_seconds * 0.75)
        await act(azure, "PUT", place, document | {"sku": document["sku"] | {"capacity": 1}})
        await until(inventory, lambda: inventory.row(azure.id("web")).scale_set != seen.scale_set)
        assert inventory.row(azure.id("web")).look is None
        await until(inventory, lambda: (look := inventory.row(azure.id("web")).look) and look.counts.total == 1)


async def test_rollouts_are_told_beside_their_sets():
    async with stage("web", "api", capacity=1) as (azure, inventory):
        await until_known(inventory, 2)
        before = inventory.version
        note = RolloutNote(id="r1", words="3 of 20", running=True)
        inventory.tell_rollouts({azure.id("WEB"): note})
        assert inventory.row(azure.id("web")).rollout == note
        assert State.ROLLING in inventory.row(azure.id("web")).states
        assert inventory.changes(before).changed == (inventory.row(azure.id("web")).key,)
        told = inventory.version
        inventory.tell_rollouts({azure.id("web"): note})
        assert inventory.version == told
        inventory.tell_rollouts({})
        assert inventory.row(azure.id("web")).rollout is None


async def test_an_inventory_that_nobody_reads_leaves_azure_alone_until_somebody_comes():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await until_known(inventory, 2)
        seen, key = inventory.row(azure.id("web")).look.at, inventory.row(azure.id("web")).key
        await asyncio.sleep(TEMPO.audience_seconds + TEMPO.list_seconds + TEMPO.look_seconds)
        sent = azure.transport.sent
        await asyncio.sleep(TEMPO.list_seconds_alone - TEMPO.audience_seconds)
        alone = azure.transport.urls[sent:]
        assert not [url for url in alone if "/virtualMachines?" in url]
        assert len(alone) <= 6  # Which subscriptions there are, what the region offers, one list.
        inventory.select(Query())
        await asyncio.sleep(TEMPO.relist_seconds + 1)
        assert inventory.row(key).look.at > seen
        assert inventory.row(key).listed_at > virtual_loop().now() - 2 * TEMPO.relist_seconds


async def test_while_somebody_follows_the_inventory_stays_awake():
    async with stage("web", capacity=2) as (azure, inventory):
        await until_known(inventory, 1)
        async for _ in inventory.follow(inventory.version):
            if virtual_loop().time() > 3 * TEMPO.audience_seconds:
                break
        assert virtual_loop().now() - inventory.row(azure.id("web")).look.at <= TEMPO.look_seconds + 1


async def test_a_version_that_is_left_out_of_latest_is_what_nobody_means_by_latest():
    image = "/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i"
    offered = [
        {"id": f"{image}/versions/{version}", "regions": ["westus"], "exclude_from_latest": version == "3.0.0"}
        for version in ("1.0.0", "2.0.0", "3.0.0")
    ]
    pinned = {"resource_group": "rg", "name": "pinned", "capacity": 1, "image": {"id": f"{image}/versions/1.0.0"}}
    following = {"resource_group": "rg", "name": "following", "capacity": 1, "image": {"id": image}}
    sets = {"scale_sets": [pinned, following], "custom_images": offered}
    async with stage(fleet=msgspec.convert(sets, Fleet)) as (azure, inventory):
        await until_known(inventory, 2)
        pinned, following = inventory.row(azure.id("pinned")), inventory.row(azure.id("following"))
    assert (pinned.behind, pinned.offered.newest) == (1, "2.0.0")
    assert following.exact.version == "2.0.0"


# When something goes wrong


async def test_a_fault_of_our_own_is_told_of_one_set_and_hides_no_other(monkeypatch):
    make = Look.of

    def faulty(instances, at):
        if len(instances) == 1:
            raise KeyError("odd")
        return make(instances, at)

    monkeypatch.setattr(Look, "of", faulty)
    both = fleet("web", capacity=1).scale_sets + fleet("api", capacity=2).scale_sets
    async with stage(fleet=Fleet(scale_sets=both)) as (azure, inventory):
        await until(
            inventory, lambda: len(inventory.rows) == 2 and all(row.look or row.trouble for row in inventory.rows)
        )
        assert inventory.row(azure.id("api")).look
        assert inventory.row(azure.id("web")).trouble.words.startswith("something that nobody foresaw: KeyError: 'odd'")


async def test_a_set_that_may_not_be_looked_at_hides_no_other():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await azure.fault(kind="forbid", path_contains=LOOK.format("web"))
        await until(
            inventory, lambda: len(inventory.rows) == 2 and all(row.look or row.trouble for row in inventory.rows)
        )
        web, api = inventory.row(azure.id("web")), inventory.row(azure.id("api"))
    assert api.look is not None
    assert web.look is None
    assert State.TROUBLED in web.states
    assert web.trouble.words.startswith("looking at the instances of rg/web: Azure answered 403 AuthorizationFailed")
    assert web.trouble.again_at > web.trouble.since


async def test_a_set_that_cannot_be_looked_at_is_not_asked_for_oftener_because_somebody_wants_it():
    async with stage("web", capacity=2) as (azure, inventory):
        await azure.fault(kind="forbid", path_contains=LOOK.format("web"))
        await until(inventory, lambda: any(row.trouble for row in inventory.rows))
        sent, (row,) = azure.transport.sent, inventory.rows
        for _ in range(100):  # A page that is drawn anew twice a second.
            inventory.want([row.key])
            await asyncio.sleep(0.5)
        looks = [url for url in azure.transport.urls[sent:] if "/virtualMachines?" in url]
        assert len(looks) <= 3  # After 5, 10 and 20 seconds.
        inventory.refresh(row.id)
        await asyncio.sleep(0.1)
        assert "/virtualMachines?" in azure.transport.urls[-1]


async def test_what_was_acted_on_in_the_middle_of_a_look_is_looked_at_once_more():
    async with stage("web", capacity=2) as (azure, inventory):
        await until_known(inventory, 1)
        await azure.fault(kind="slow", seconds=5, path_contains=LOOK.format("web"), times=1)
        inventory.refresh(azure.id("web"))
        await asyncio.sleep(1)
        await act(azure, "POST", "virtualMachineScaleSets/web/poweroff", {"instanceIds": ["1"]})
        inventory.refresh(azure.id("web"))
        await asyncio.sleep(5)
        assert inventory.row(azure.id("web")).counts.stopped == 1


async def test_a_forbidden_subscription_is_named_and_the_other_is_shown():
    async with two_subscriptions(fleet("web", capacity=1), fleet("api", capacity=1)) as (azure, inventory):
        await azure.fault(kind="forbid", path_contains="providers/Microsoft.Compute/virtualMachineScaleSets")
        await until(
            inventory, lambda: len(inventory.rows) == 1 and all(n.trouble or n.sets for n in inventory.subscriptions)
        )
        first, second = inventory.subscriptions
    assert [row.id.name for row in inventory.rows] == ["api"]
    assert "403" in first.troubles[0]
    assert first.listed_at is None
    assert second.troubles == ()


async def test_a_storm_of_429_leaves_the_subscription_alone_for_as_long_as_azure_asks():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await until_known(inventory, 2)
        rows = inventory.rows
        await azure.fault(kind="http", status=429, retry_after=200, path_contains="/virtualMachines")
        inventory.want(row.key for row in rows)
        await until(inventory, lambda: inventory.subscriptions[0].held)
        sent, held = azure.transport.sent, inventory.subscriptions[0].held
        await asyncio.sleep(150)
        looks = [url for url in azure.transport.urls[sent:] if "/virtualMachines?" in url]
        await clear_faults(azure)
        await until(inventory, lambda: not inventory.subscriptions[0].held)
        assert any(inventory.row(row.key).look.at >= held.again_at for row in rows)
    assert "429" in held.words
    assert held.again_at - held.since >= 200
    assert looks == []


async def test_an_azure_that_is_away_leaves_what_was_seen_with_its_age_and_is_found_again():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await until_known(inventory, 2)
        seen = {row.key: row.look.at for row in inventory.rows}
        azure.transport.fail(connection_refused(), times=10)
        await until(inventory, lambda: any(one.troubles for one in inventory.subscriptions))
        assert all(row.look.at == seen[row.key] for row in inventory.rows)
        await until(
            inventory,
            lambda: (
                not any(one.troubles for one in inventory.subscriptions)
                and all(row.look.at > seen[row.key] for row in inventory.rows)
            ),
        )


async def test_a_sign_in_that_runs_out_is_told_and_taken_up_again():
    async with stage("web", capacity=2) as (azure, inventory):
        await until_known(inventory, 1)
        await azure.fault(kind="expire-tokens")
        inventory.want(row.key for row in inventory.rows)
        await until(inventory, lambda: inventory.subscriptions[0].troubles)
        assert "401" in inventory.subscriptions[0].troubles[0]
        azure.client._line._sign_in._given.token = azure.world.tokens.issue()[0]
        await until(inventory, lambda: not inventory.subscriptions[0].troubles)


async def test_without_a_sign_in_it_is_told_that_nobody_knows_which_subscriptions_there_are():
    async with stage("web", capacity=2) as (azure, inventory):
        await azure.fault(kind="forbid", path_contains="/subscriptions", times=1)
        before = inventory.version
        await until(inventory, lambda: inventory.troubles)
        assert "listing the subscriptions: Azure answered 403" in inventory.troubles[0]
        assert SUBSCRIPTIONS in inventory.changes(before).changed
        await until_known(inventory, 1)
        assert inventory.troubles == ()


async def test_a_set_that_vanishes_between_list_and_look_is_told_and_listed_anew():
    gone = {"error": {"code": "ResourceNotFound", "message": "The Resource was not found."}}
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await azure.fault(kind="http", status=404, body=gone, path_contains=LOOK.format("web"), times=1)
        await until(inventory, lambda: any(row.trouble for row in inventory.rows))
        listed = inventory.row(azure.id("web")).listed_at
        assert "ResourceNotFound" in inventory.row(azure.id("web")).trouble.words
        await until_known(inventory, 2)
        assert inventory.row(azure.id("web")).listed_at > listed
        assert inventory.row(azure.id("web")).trouble is None


async def test_an_answer_that_cannot_be_read_is_told_of_its_set_alone():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        strange = {"value": [{"instanceId": 7}]}
        await azure.fault(kind="http", status=200, body=strange, path_contains=LOOK.format("web"))
        await until(
            inventory, lambda: len(inventory.rows) == 2 and all(row.look or row.trouble for row in inventory.rows)
        )
        assert inventory.row(azure.id("api")).look
        assert "cannot read the answer" in inventory.row(azure.id("web")).trouble.words


async def test_a_set_that_cannot_be_read_in_a_list_hides_no_other():
    async with stage("web", "api", capacity=2) as (azure, inventory):
        await until_known(inventory, 2)
        page = [{"id": one.scale_set.id.path, "location": "westus", "sku": {"capacity": 2}} for one in inventory.rows]
        odd = page[0] | {"sku": {"capacity": "many"}}
        lost = inventory.rows[0]
        await azure.fault(
            kind="http", status=200, body={"value": [odd, page[1]]}, path_contains="e/virtualMachineScaleSets", times=1
        )
        await until(inventory, lambda: inventory.subscriptions[0].unreadable)
        (words,) = inventory.subscriptions[0].unreadable
        assert inventory.row(lost.key).scale_set == lost.scale_set
        assert f"reading scale set {lost.id}" in words
        assert "sku.capacity is 'many'" in words
        await until(inventory, lambda: not inventory.subscriptions[0].unreadable)


async def test_what_is_offered_may_be_unknown_without_hiding_the_set():
    async with stage("web", capacity=2, image=OLD) as (azure, inventory):
        await azure.fault(kind="forbid", path_contains="/versions", times=1)
        await until(inventory, lambda: any(row.look and row.offer_trouble for row in inventory.rows))
        row = inventory.row(azure.id("web"))
        assert (row.outdated, row.behind) == (0, None)
        assert "listing the versions" in row.offer_trouble.words
        await until(inventory, lambda: inventory.row(azure.id("web")).behind == 1)


async def test_nothing_of_it_goes_on_after_it_was_left():
    async with stage("web", capacity=1) as (azure, inventory):
        await until_known(inventory, 1)
        async with inventory.watch(azure.id("web")):
            pass
    sent = azure.transport.sent
    await asyncio.sleep(1000)
    assert azure.transport.sent == sent
    assert Provisioning.FAILED not in inventory.row(azure.id("web")).counts.provisioning
