"""The api-versions that are asked for, pinned: the shape of an answer follows the version of the question."""

SCALE_SETS = "2024-07-01"
"""Has everything that a rollout needs (`etag`, `maxSurge`, `protectionPolicy`, `timeCreated`), and the recorded tests
of the Azure CLI show real answers to it."""

PLATFORM_IMAGES = SCALE_SETS
MANAGED_IMAGES = SCALE_SETS

NETWORK_INTERFACES = "2018-10-01"
"""The interfaces of a set's instances have stayed at this version, whatever Microsoft.Network has reached since."""

METRICS = "2018-01-01"

GALLERIES = "2023-07-03"
"""Galleries have their own line of versions; this one has `excludeFromLatest` and `endOfLifeDate` for own, shared and
community galleries alike."""

SIZES = "2021-07-01"
"""The only one that lists of resource SKUs have."""

LOCKS = "2020-05-01"
AUTOSCALE = "2022-10-01"
MARKETPLACE = "2021-01-01"

SUBSCRIPTIONS = "2022-12-01"
"""The list of subscriptions belongs to Microsoft.Resources, which has versions of its own."""
