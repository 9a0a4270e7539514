"""The table of acts, beside that of rollouts."""

from __future__ import annotations

import sqlalchemy as sa

from rollset.engine.durable.tables import OURS

acts = sa.Table(
    "acts",
    OURS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("scale_set", sa.Text, nullable=False, doc="The ARM path in lower case: the same set is one set."),
    sa.Column("written", sa.Text, nullable=False, doc="The same as Azure writes it."),
    sa.Column("kind", sa.Text, nullable=False, doc="`restart`, `scale` and their like."),
    sa.Column("words", sa.Text, nullable=False, doc="What is done to what, for people."),
    sa.Column("told", sa.Text, nullable=False, doc="The price as it was told."),
    sa.Column("exclusive", sa.Boolean, nullable=False),
    sa.Column("instances", sa.Text, nullable=False, doc="Whom it is for: a JSON array of ids."),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Column("executor", sa.Text, doc="Who runs it; none while it lies in the queue."),
    sa.Column("ended_at", sa.Double),
    sa.Column("ending", sa.Text),
    sa.Column("exit_status", sa.Integer),
    sa.Column("present", sa.Text),
    sa.Column("present_at", sa.Double),
    sa.Column("changed", sa.BigInteger, nullable=False, doc="Grows with each write of any row."),
)
stops = sa.Table(
    "act_stops",
    OURS,
    sa.Column("act", sa.Text, sa.ForeignKey(acts.c.id), primary_key=True),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)
"""The acts that are to stop: whom nothing was asked for yet is not touched any more."""

sa.Index("acts_by_set", acts.c.scale_set, acts.c.asked_at)
sa.Index("acts_by_time", acts.c.asked_at)
sa.Index("acts_by_change", acts.c.changed)
