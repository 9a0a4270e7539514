"""Azure's own rolling upgrade, where that sends the instances off."""
