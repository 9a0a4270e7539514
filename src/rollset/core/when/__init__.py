"""When batches may start: windows, freezes, and what they mean for a plan."""
