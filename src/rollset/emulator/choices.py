"""Every choice that neither a document nor a real answer settles, each with its reason, in one place.

Change a value here and the emulator behaves otherwise everywhere. `docs/emulator.md` lists them for readers. Times are
emulated seconds. "Recorded" means: seen in the public test recordings of Azure's own clients (CLI, PowerShell, SDKs for
.NET and Python; 2015 to 2024), which hold what Azure really answered.
"""

# Durations -------------------------------------------------------------------------------------------------------

# An image upgrade of one instance: nobody publishes a figure, so these are ours.
UPGRADE_MEDIAN_WINDOWS = 420.0
UPGRADE_MEDIAN_LINUX = 120.0
UPGRADE_SPREAD = 0.2
UPGRADE_SHORTEST = 0.6
UPGRADE_LONGEST = 1.8

# The guest is told to shut down and goes on serving for this share of the upgrade, within these bounds, while its probe
# endpoint already says "draining". The load balancer looks at it twice in the shortest drain, so an upgrade, however
# fast a fleet file wants it, loses no request where others serve.
DRAIN_SHARE = 0.2
DRAIN_SECONDS_MIN = 10.0
DRAIN_SECONDS_MAX = 20.0
# The new disk is in and the guest starts to boot after this share of the upgrade.
BOOT_STARTS_AT = 0.35
# The machine runs again, its application not yet, after this share.
MACHINE_RUNS_AT = 0.5
# The application serves again this long before the upgrade is reported as done.
WARM_SECONDS = 4.0

CREATE_SECONDS_WINDOWS = 120.0
CREATE_SECONDS_LINUX = 60.0
CREATE_SPREAD = 0.1
DELETE_SECONDS = 25.0
FORCED_DELETE_SECONDS = 5.0
DELETE_DRAIN_SECONDS = 15.0
POWER_OFF_SECONDS = 15.0
DEALLOCATE_SECONDS = 20.0
START_SECONDS = 25.0
RESTART_SECONDS = 40.0
REDEPLOY_SECONDS = 90.0
REIMAGE_SECONDS = 75.0
REAPPLY_SECONDS = 15.0
FAST_POWER_OFF_SECONDS = 5.0
RUN_COMMAND_SECONDS = 20.0
# Azure warns at least 30 s ahead of an eviction (documentation, "Azure Spot Virtual Machines").
EVICTION_NOTICE_SECONDS = 30.0
# A model write in Manual mode: recordings show 0.1 to 0.4 s, one 23 s.
MODEL_WRITE_SECONDS = 1.0
# Replication of a gallery image version to its regions; it can take hours in Azure (documentation, "Azure Compute
# Gallery"), which no test should wait for.
REPLICATION_SECONDS = 300.0

# Addresses and metrics -----------------------------------------------------------------------------------------

# Azure keeps the first four addresses of a subnet and the last one (documentation, "Azure Virtual Network FAQ"). Which
# of the others an instance gets is not documented: here they follow from its number, so that a test knows them.
SUBNET_RESERVED = 4
# Azure Monitor promises platform metrics within three minutes (documentation, "Azure Monitor Metrics overview"); usual
# is about one.
METRIC_LAG_SECONDS = 60.0

# Health ----------------------------------------------------------------------------------------------------------

# The load balancer's default interval, with one probe to decide (documentation, "Azure Load Balancer health probes");
# the Application Health extension's default is the same.
PROBE_SECONDS = 5.0
# What the extension's settings are kept within (documentation, "Using Application Health extension"; of two maxima of
# the grace, 14,400 and 7,200 s, the larger). Settings outside are moved to the nearest bound; the real extension fails.
HEALTH_INTERVAL_SECONDS = (5.0, 60.0)
HEALTH_ANSWERS = (1, 24)
HEALTH_GRACE_SECONDS = (5.0, 14_400.0)

# An extension that fails while its instance is provisioned fails the instance (`VMExtensionProvisioningError`; the
# fault `upgrade-fails` does that). One that says so later leaves the instance `Succeeded` here, for its state is that
# of its last operation; no recording has such a one.

# Automatic repairs ---------------------------------------------------------------------------------------------------

# The grace period, by default and at its bounds, and how many are repaired at once: one in a set of fewer than 20
# (documentation, "Automatic instance repairs").
REPAIR_GRACE_SECONDS = 600.0
REPAIR_GRACE_RANGE = (600.0, 5_400.0)
REPAIR_PERCENT_AT_ONCE = 5
# How often Azure looks, and how many repairs in a row that do not help suspend the service, is not published.
REPAIR_LOOK_SECONDS = 30.0
REPAIR_FAILURES_MAX = 3
# A repair leaves the set `Succeeded` and gives the other instances no new grace period (`repairs.py`). A reimaged disk
# is healthy again unless a fault in force says otherwise (`power.py`); a restart does not mend an application.

# Autoscale -----------------------------------------------------------------------------------------------------------

# How often a setting is looked at. `enabled` that is left out counts as true: one version's models say so, those of a
# later one the opposite.
AUTOSCALE_LOOK_SECONDS = 60.0

# Polling ---------------------------------------------------------------------------------------------------------

# `Retry-After` of polls, first and later (recorded for PUT, PATCH and DELETE; POST actions carried none, and clients
# then wait 30 s by themselves).
POLL_CREATE = (97.0, 30.0)
POLL_UPDATE = (37.0, 30.0)
POLL_DELETE = (10.0, 10.0)
POLL_ACTION = (30.0, 30.0)
# A model write that starts nothing is over before the recorded pause would be; say so.
POLL_MODEL_WRITE = (1.0, 1.0)
# `Retry-After` of the first answer to PUT, PATCH and DELETE (recorded).
FIRST_ANSWER_SECONDS = 10.0
# Operations are remembered this long.
OPERATION_LIFETIME_SECONDS = 86_400.0

# Behaviour -------------------------------------------------------------------------------------------------------

# `manualupgrade` leaves an instance with protectFromScaleSetActions alone, whether named or meant by "*". The
# documentation ("Instance Protection") says that set operations spare it, not what becomes of a call that names it.
UPGRADE_SKIPS_PROTECTED = True
# An instance whose applied model equals the set's model again, after an undo, counts as current: nobody says.
LATEST_MODEL_BY_CONTENT = True
# An instance whose upgrade failed, or was cut off, after its disk was replaced has the disk of one model and the rest
# of another: it is on no model, whatever the set's becomes, until an upgrade of it succeeds. Nobody says this either.
HALF_UPGRADED_IS_ON_NO_MODEL = True
# `etag` rises by one for a PUT or PATCH (recorded) and, for a `manualupgrade` that has something to do, by this much
# when it is accepted and again when it ends (recorded: 4 -> 6). Power actions leave it alone (one recording: three of
# them, no change).
ETAG_STEPS_OF_UPGRADE = 1
# A set whose last operation failed reports `Failed` until one succeeds (recorded once).
FAILED_OPERATION_FAILS_SET = True
# An action on an instance takes over from what is being done to it; the operation of the older one then ends so. Seen
# with single machines: osbuild/osbuild-composer#1447, Azure/azure-rest-api-specs#22434.
PREEMPTED_CODE = "OperationPreempted"
PREEMPTED_MESSAGE = "Operation execution has been preempted by a more recent operation."
# A member of a Flexible set with fixed spreading tells its fault domain on the virtual machine, and nowhere an update
# domain: one page says that neither is shown, an answer of Microsoft's (Azure/azure-sdk-for-go#19707) that the status
# list shows the former.
FLEXIBLE_SHOWS_FAULT_DOMAIN = True
# `manualupgrade` of a Flexible set takes names of virtual machines (documentation, "Perform manual upgrades", 2026).
# Recordings of 2021 to 2023 show it refused.
FLEXIBLE_UPGRADES_BY_NAME = True
# Whether power calls, `redeploy` and `reimage` of a Flexible set take names of virtual machines: the documentation says
# so ("Orchestration modes"), and elsewhere names the calls of virtual machines instead ("API comparison").
FLEXIBLE_ACTS_BY_NAME = True
# Overprovisioning makes this share of instances more (documentation, "Working with large scale sets": plan 20 percent
# more addresses), at least one (recorded: a capacity of 1 was charged as 2). The last to come up go. Sets of a fleet
# file have stood for long and are not overprovisioned, so that their ids can be told beforehand.
OVERPROVISION_SHARE = 0.2
# An evicted Spot instance whose policy is to be deleted leaves the capacity as well: no page says whether it does.
# `reimage` without `exactVersion` keeps the applied image; with it, the instance gets that version of it.
# An attached virtual machine has a model of its own: it counts for capacity and health, and no upgrade changes it.
# What is done to a machine in a zone that is down fails with the code that Azure has for a zone without room
# (documentation, "Resolve error messages in Azure Virtual Machines"); what else it might say is not published.
ZONE_DOWN_CODE = "ZonalAllocationFailed"
ZONE_DOWN_MESSAGE = (
    "Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. Read more about "
    "improving likelihood of allocation success at https://aka.ms/allocation-guidance"
)
# A machine that could not be allocated shows as deallocated.
# Also decided, in the one place named: PUT keeps what it leaves out, as PATCH does (`modelwrite.py`; recorded by the
# Azure CLI's test of automatic repairs, whose PUT names no image). In Automatic mode a change of the model starts
# everything that is behind, a change of the mode nothing (`modelwrite.py`). Ids of instances are 0, 1, 2, ..., and are
# not used again (`population.py`; of two pages of Azure's documentation one says so, the other that they may be).
# `reimage` keeps the applied image (`power.py`; here too the pages disagree).

# Rate limits -----------------------------------------------------------------------------------------------------

# Buckets of Compute are refilled evenly, a minute's refill in a minute; the documentation ("Compute throttling limits")
# names the refill by the minute and not its rhythm.
# The code of ARM's own 429 (seen: MicrosoftDocs/azure-docs#105248); its text is ours.
ARM_THROTTLED_CODE = "SubscriptionRequestsThrottled"
# A 429 of Compute always names a pause (documentation, "Troubleshooting API throttling errors"); one that a storm makes
# names this one, a bucket's refill, unless the fault says otherwise.
STORM_PAUSE_SECONDS = 60.0
# What the documentation leaves without a group: lists of instances count as its high-cost gets, `manualupgrade` and the
# set's `delete` of instances as actions without a limit per resource (as a recorded test of the latter shows).

# Sizes -----------------------------------------------------------------------------------------------------------

# Azure documentation on scale sets: "FAQ", "Working with large scale sets", "Use availability zones".
UPDATE_DOMAINS = 5
PLACEMENT_GROUP_SIZE = 100
FAULT_DOMAINS_MAX = 5
CAPACITY_MAX = 1000
CAPACITY_MAX_MANAGED_IMAGE = 600
# Disks in storage accounts of one's own: a custom image with and without overprovisioning, a platform image.
CAPACITY_MAX_UNMANAGED = 20
CAPACITY_MAX_UNMANAGED_EXACT = 40
CAPACITY_MAX_STORAGE_ACCOUNTS = 100
# A Flexible set with fixed spreading, of a size whose hosts cannot be updated without losing its memory (documentation,
# "Orchestration modes"; which sizes those are: "Maintenance for virtual machines").
CAPACITY_MAX_FIXED_SPREADING = 200

# A name of a Flexible set's member is drawn again this often where it is taken.
NAME_DRAWS_MAX = 100

# Ids in the list of a subscription's sets have the resource group in upper case (recorded with 2023-03-01, not with any
# version from this one on); elsewhere the group is as it was made. Azure is not consistent in this.
SUBSCRIPTION_LIST_SHOUTS_BEFORE = "2024-03-01"

# Ids in lists of instances have it in upper case, those inside an instance have not (recorded with 2017-03-30 and
# 2017-12-01; not with 2019-07-01 and later). Where between these it ended is not recorded.
INSTANCE_LIST_SHOUTS = ("2017-03-30", "2018-04-01")

# Resource Graph (documentation, "Guidance for large result sets"). What it knows is never late here, and its quota of
# queries is told but never runs out.
GRAPH_PAGE = 1000
# Quotas of a subscription at a location, where nobody set others through `/emulator/quotas`: generous, for real ones
# differ by subscription.
QUOTA_CORES = 100_000
QUOTA_MACHINES = 25_000
QUOTA_SETS = 2_500

# A deprecated image, an end of life that has passed, terms that nobody accepted, and an image of another generation or
# architecture than the size boots are told, and refuse nobody: at what moment Azure refuses is not published.
# Page sizes: 120 instances (recorded), 50 sets (projectkudu/AzureResourceExplorer#238).
INSTANCE_PAGE = 120
SET_PAGE = 50
# Virtual machines: the sizes of real pages vary (Azure/azure-rest-api-specs#13843); this is the commonest there.
MACHINE_PAGE = 50

# Rolling upgrades ----------------------------------------------------------------------------------------------------

# An upgraded instance has this long to become healthy (documentation, "Automatic OS image upgrades"); one whose
# application is still initializing has as long as that takes.
ROLLING_HEALTH_WAIT_SECONDS = 300.0
# A batch in which nobody needs anything still takes its time. Of the model: a minute (recorded: 121 s for two
# batches); of the OS: 20 s (recorded: 41 s for two); of extensions: ten minutes (recorded: 10 min 44 s for one, 20
# min for two).
ROLLING_IDLE_MODEL_SECONDS = 60.0
ROLLING_IDLE_OS_SECONDS = 20.0
ROLLING_IDLE_EXTENSIONS_SECONDS = 600.0
# Where all that wait are busy with something else, the pass looks again after this time.
ROLLING_LOOK_AGAIN_SECONDS = 30.0
# A pass that takes longer fails (`RollingUpgradeTimeoutError`); the real limit is not published.
ROLLING_SECONDS_MAX = 43_200.0
# `etag` rises by this much when a batch begins and when it ends (recorded: 4 -> 8 over two batches).
ROLLING_ETAG_STEPS = 1
# Also decided, each in the module named. A batch is rounded down, is of one zone and one update domain, and is
# smaller by those who are unhealthy already (`rollingbatch.py`). Shares are those of all instances; of the upgraded,
# of those that this pass has upgraded (`rollingengine.py`). A machine that is off is unhealthy (`rollinghealth.py`). A
# write that changes the model or the policy preempts a pass over the model; other writes wait for its end; a pass of
# the OS or the extensions is waited for (`modelwrite.py`). A cancelled pass leaves those under way to their end and
# tells them as failed (the telling is recorded). Instances that fail within the limits leave the pass `Completed`,
# with an error. A surge that would exceed what the set may hold is silently done in place (`surge.py`).

# `lastActionTime` of a pass lies this long before its `startTime` (recorded: 47 to 203 ms).
ACTION_BEFORE_START_SECONDS = 0.05

# State files ---------------------------------------------------------------------------------------------------------

# While no emulator has a state file open, emulated time goes on by so much at most. A file of last month, a large
# --time-scale or a clock that was wrong would else be years, and each look of repairs and of autoscale is played.
ABSENCE_SECONDS_MAX = 30 * 86_400.0

# Automatic OS upgrades -----------------------------------------------------------------------------------------------

# The history keeps the last five attempts within two months (documentation, "Automatic OS image upgrades").
OS_UPGRADES_REMEMBERED = 5
OS_UPGRADE_MEMORY_SECONDS = 61 * 86_400.0
# Azure begins by itself within three hours (the same page says so of the first upgrade after it was switched on; of
# later versions it says that regions are upgraded in phases). Each set draws its delay.
OS_UPGRADE_DELAY_SECONDS_MIN = 600.0
OS_UPGRADE_DELAY_SECONDS_MAX = 10_800.0
# Another operation on the set is waited for: look again after this time. A version that failed once is not tried
# again.
OS_UPGRADE_TRY_AGAIN_SECONDS = 300.0

# Lifecycle hooks, and upgrades that wait for approval -----------------------------------------------------------------

# The models of azure-mgmt-compute 39 name the members and not their defaults: how long a hook waits that does not say
# so, what it then does, up to when an answer may be put off, and how many questions a set remembers.
HOOK_WAIT_SECONDS = 3_600.0
HOOK_DEFAULT_ACTION = "Approve"
HOOK_WAIT_SECONDS_MAX = 7 * 86_400.0
HOOK_EVENTS_REMEMBERED = 50
# Also decided: the hook before an upgrade is asked of the set, the one before a batch of its instances; who is rejected
# is left out of that pass, and a version that is rejected is not tried again; time that answers take does not count
# for the limit of a pass (`osschedule.py`, `rollingengine.py`). An upgrade that is deferred holds nothing else
# up, until instances are approved: those are then upgraded in a pass of their own (`deferral.py`).
