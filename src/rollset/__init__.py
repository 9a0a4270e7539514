"""rollset rolls Azure virtual machine scale sets onto a new OS image, one update domain at a time."""

__version__ = "0.1.0"
