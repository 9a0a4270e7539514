"""OpenID Connect: people sign in at their organization's provider, which tells us who they are.

provider   Provider(settings, clock)   .begin(...) -> where to send the browser; .finish(...) -> Person
documents  what a provider publishes, read and kept for a while
keys       its keys, which change
idtoken    what an id token must be
claims     who it is, and in which roles
faults     SignInFailed
"""
