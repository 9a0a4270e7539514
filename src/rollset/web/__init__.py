"""The dashboard and the HTTP API: reads, renders, and decides nothing."""
