"""The tables of the dashboard, beside those of rollouts."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from rollset.engine.durable.tables import OURS, SCHEMA

sessions = sa.Table(
    "web_sessions",
    OURS,
    sa.Column("hash", sa.Text, primary_key=True, doc="Of the secret in the cookie, which is nowhere else."),
    sa.Column("id", sa.Text, nullable=False, unique=True, doc="What the audit log and people call it."),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("begun_at", sa.Double, nullable=False),
    sa.Column("seen_at", sa.Double, nullable=False),
    sa.Column("ends_at", sa.Double, nullable=False),
)

links = sa.Table(
    "web_links",
    OURS,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, doc="Whom it lets in."),
    sa.Column("made_at", sa.Double, nullable=False),
    sa.Column("ends_at", sa.Double, nullable=False),
    sa.Column("used_at", sa.Double),
)

attempts = sa.Table(
    "web_attempts",
    OURS,
    sa.Column("state", sa.Text, primary_key=True, doc="The hash of what the provider gives back to us."),
    sa.Column("browser", sa.Text, nullable=False, doc="The hash of what is in a cookie of the browser that began."),
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False, doc="Of no use without the code, which goes to the browser."),
    sa.Column("back_to", sa.Text, nullable=False),
    sa.Column("ends_at", sa.Double, nullable=False),
)

tokens = sa.Table(
    "web_tokens",
    OURS,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", sa.Double, nullable=False),
    sa.Column("ends_at", sa.Double),
    sa.Column("used_at", sa.Double),
)

keys = sa.Table(
    "web_keys",
    OURS,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("secret", sa.Text, nullable=False),
    sa.Column("made_at", sa.Double, nullable=False),
)

servers = sa.Table(
    "web_servers",
    OURS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
)

audit = sa.Table(
    "web_audit",
    OURS,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("of", sa.BigInteger, unique=True, doc="The row of the act whose outcome this one tells."),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("detail", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

drafts = sa.Table(
    "web_drafts",
    OURS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("scale_set", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("kept_at", sa.Double, nullable=False, index=True),
)

UNCHANGING = "the audit log is only added to"


def _refusals() -> Iterator[tuple[str, str]]:
    """What has each database refuse to change or remove a row of the audit log, whoever asks."""
    for verb in ("UPDATE", "DELETE"):
        trigger = f"CREATE TRIGGER {audit.name}_no_{verb.lower()} BEFORE {verb} ON {audit.name}"
        yield "sqlite", f"{trigger} BEGIN SELECT RAISE(ABORT, '{UNCHANGING}'); END"
    function = f"{SCHEMA}.{audit.name}_unchanging()"
    body = f"$$ BEGIN RAISE EXCEPTION '{UNCHANGING}'; END $$"
    yield "postgresql", f"CREATE OR REPLACE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS {body}"
    trigger = f"CREATE TRIGGER {audit.name}_unchanging BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.{audit.name}"
    yield "postgresql", f"{trigger} EXECUTE FUNCTION {function}"


for _dialect, _statement in _refusals():
    _refusal: sa.ExecutableDDLElement = sa.DDL(_statement)  # type: ignore[no-untyped-call]
    sa.event.listen(audit, "after_create", _refusal.execute_if(dialect=_dialect))
