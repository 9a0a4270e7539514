"""Surge: new instances first, old ones deleted when the new ones serve."""
