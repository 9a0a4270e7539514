"""Carries out acts: what operators do to a set outside of a rollout, each as one durable piece of work.

    prepare   prepare(azure, scale_set, act, ...) -> Prepared   reads the set, makes an edit exact, tells the price
    order     ActOrder                                          what was agreed to, complete
    carry     Actor(azure, clock, tell).carry(order, ...)       carries an order out, over any journal
    result    ActResult, ActEnding, InstanceEnd                 what came of it
    records   orders, facts and results as text

The intent is noted before the request, and its answer after it; then the operation is watched to its end, and then the
set is looked at. A run that takes over finds an intent without an answer: what does no harm when it is asked twice is
asked again where nothing is to be seen of it, what does harm is looked for and reported, and never asked again.
"""
