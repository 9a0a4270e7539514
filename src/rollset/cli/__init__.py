"""The command line: reads, renders, and decides nothing."""
