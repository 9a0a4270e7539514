"""Keeps acts where they outlive their process: what operators do to sets outside of rollouts.

begin     begin_act(database, prepared, by=..., endpoint=...) -> id   leaves an act to the workers
ledger    ActLedger(database)                                         reading, for commands and pages:
.acts(scale_set, limit) .act(id or prefix) .news(after) .order(id) .facts(id, after) .result(id)
.underway(scale_set) .took(scale_set, kind)
stop      stop_act(database, act, by)                          an act that goes on goes no further
tables    the table `acts`; each write of a row gives it the next number of `changed`
"""
