"""A query that cannot be read or carried out."""


class QueryError(Exception):
    """What is wrong, and at which character of the query."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message, at)
        self.message = message
        self.at = at
