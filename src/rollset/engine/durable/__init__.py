"""Keeps rollouts where they outlive their process: one SQLite file, or one PostgreSQL for any number of machines.

Public names, by module. Nothing here is loaded by `rollset --help`: import a module where it is used. Only `queueing`
and `runtime` import DBOS, which takes half a second, and only `runtime` starts it.

    place     find_state(directory, environ) -> State         where the state lives: SqliteState | PostgresState
    ready     open_database(state) -> Database                 ready for use, tables and all; `with` closes it
    ledger    Ledger(database)                                 reading and signals, for commands and pages:
                .rollouts(limit) .rollout(id or prefix) .order(id) .entries(id, after) .present(id) .result(id)
                .signals(id) .signal(id, verb, by, checkpoint) -> Signal
              RolloutRow, EntryText, Shown; runs.Status is where DBOS has a rollout
    presence  Presence(database, Kind.FOREGROUND | Kind.WORKER)  this process, as others see it; `with` holds its lock
              who() -> "user@host"
    claims    Wanted, Claim, claim(presence, wanted) -> Claim  one rollout per scale set; raises `Held`
              find_held(presence, scale_set) -> Held | None, give_up(presence, claim)
    workers   count_workers(presence)                          how many live
    queueing  enqueue(presence, claim, order, endpoint)        leaves a rollout to a worker
    runtime   Runtime(presence, carry, endpoint=..., act=...)  runs rollouts, and acts, in this process (`async with`):
                .start_here(claim, order) .take_over(id) .serve()
    acts      acts of operators, kept and carried out in the same way: see there
    timing    Timing                                           every wait and bound, with its default
    faults    StateError, Held, Busy, Elsewhere, NoSuchRollout

What `carry` returns is a JSON object with at least `ending` and `exit_status`.

Nothing is ever deleted by itself: rollouts, their entries and their signals stay until somebody drops them.
"""
