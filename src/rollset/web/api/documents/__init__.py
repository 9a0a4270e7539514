"""The documents of the API, typed: so its description is complete, and a member that nobody described fails a test."""
