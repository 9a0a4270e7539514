"""What the dashboard keeps about who may do what. Nothing that is kept lets anybody in: secrets are hashes here.

    sessions  Sessions(database, lifetime)   who is signed in, in which browser
    links     Links(database)                one-time links to sign in with
    attempts  Attempts(database)             sign-ins that are under way at a provider
    tokens    Tokens(database)               what machines show
    audit     AuditLog(database)             who did what; rows are added, and never changed
    signing   signing_key(database)          the key under which cookies are signed
    servers   Servers(database)              where dashboards listen

`Person` is who a session or token stands for. Roles are words here; what they allow is decided in the dashboard.
"""
