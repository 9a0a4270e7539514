"""The tables beside those of DBOS, and what is read from those of DBOS.

DBOS describes its tables (docs.dbos.dev/explanations/system-tables); reading them saves commands that only look the
half second that importing DBOS takes. They are written by DBOS alone.
"""

from __future__ import annotations

import sqlalchemy as sa

FORM = 5
"""Of our tables, here and in `access`. A database of a higher one belongs to a newer rollset; what a lower one lacks is
added to it. From 1 to 2 came the tables of the dashboard, from 2 to 3 that of acts,
from 3 to 4 that of drafts, from 4 to 5 that of acts to stop."""

JOURNAL_FORM = 1
"""Of the journal: a process takes over what was written in this form, however old."""

SCHEMA = "rollset"
DBOS_SCHEMA = "rollset_dbos"
"""DBOS's tables have a schema of their own: other applications on DBOS may share the database."""

WORKFLOW = "rollout"
ACT = "act"
"""The other workflow."""

TURN = "turn"

OURS = sa.MetaData(schema=SCHEMA)
THEIRS = sa.MetaData(schema=DBOS_SCHEMA)

form = sa.Table("form", OURS, sa.Column("number", sa.Integer, primary_key=True))

rollouts = sa.Table(
    "rollouts",
    OURS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("scale_set", sa.Text, nullable=False, doc="The ARM path in lower case: the same set is one set."),
    sa.Column("written", sa.Text, nullable=False, doc="The same as Azure writes it."),
    sa.Column("image", sa.Text, nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("begun_at", sa.Double, nullable=False),
    sa.Column("undoes", sa.Text),
    sa.Column("executor", sa.Text, doc="Who has claimed it, then who runs it; none while it lies in the queue."),
    sa.Column("ended_at", sa.Double),
    sa.Column("ending", sa.Text),
    sa.Column("exit_status", sa.Integer),
    sa.Column("present", sa.Text),
    sa.Column("present_at", sa.Double),
)
sa.Index(
    "one_rollout_per_scale_set",
    rollouts.c.scale_set,
    unique=True,
    postgresql_where=rollouts.c.ended_at.is_(None),
    sqlite_where=rollouts.c.ended_at.is_(None),
)
sa.Index("rollouts_by_begin", rollouts.c.begun_at)

signals = sa.Table(
    "signals",
    OURS,
    sa.Column("rollout", sa.Text, sa.ForeignKey(rollouts.c.id), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("checkpoint", sa.Integer),
)

executors = sa.Table(
    "executors",
    OURS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
)

workflows = sa.Table(
    "workflow_status",
    THEIRS,
    sa.Column("workflow_uuid", sa.Text, primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("executor_id", sa.Text),
    sa.Column("queue_name", sa.Text),
    sa.Column("owner_xid", sa.Text, doc="DBOS's token of the one execution whose results it takes."),
)

steps = sa.Table(
    "operation_outputs",
    THEIRS,
    sa.Column("workflow_uuid", sa.Text, primary_key=True),
    sa.Column("function_id", sa.Integer, primary_key=True),
    sa.Column("function_name", sa.Text),
    sa.Column("output", sa.Text),
    sa.Column("completed_at_epoch_ms", sa.BigInteger),
)

inputs = sa.Table(
    "workflow_input",
    THEIRS,
    sa.Column("workflow_uuid", sa.Text, primary_key=True),
    sa.Column("inputs", sa.Text),
)

outputs = sa.Table(
    "workflow_output",
    THEIRS,
    sa.Column("workflow_uuid", sa.Text, primary_key=True),
    sa.Column("output", sa.Text),
)
