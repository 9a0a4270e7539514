"""A local Azure Resource Manager for scale sets. Imports no other room; agrees with `arm` only through the wire."""
