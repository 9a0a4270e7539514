"""Who may: signing in, roles, the guard before every page, tokens of machines, and the audit log.

Public names, by module:

    install   install(app, access)                puts the guard before an application
    access    Access(database, settings)          `async with` it for as long as the server runs
    settings  AccessSettings, .of_loopback(port)  who may come, from where, for how long
    asking    who_of(request) -> Who              who asks
              needs(Role.OPERATOR)                a dependency: lets in who has the role, and gives who it is
              csrf_token(request)                 for the field `csrf` of a form, or the header `X-CSRF-Token`
              acting(request, verb, target)       `async with`: notes an act before it is done, and its outcome after
              audit_log(access, limit, ...)       what was done, the newest first
    roles     Role                                viewer, operator, approver
    who       Who, How
    refusal   Refused(status, sentence)           raised anywhere: a page for people, a problem document for machines

Behind the guard `request.state` has `who` (a `Who`; none only where it is open to all), `csrf` and `request_id`.
What is not said to be open is closed: a page that forgets to ask still takes a session, and a method that changes
something still takes an acting role and, from a browser, the token of the form.
"""
