"""The HTTP API: what the pages can do, for programs. It answers with the documents that commands print as JSON."""
