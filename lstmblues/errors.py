"""The one error that bad input raises."""


class BluesError(ValueError):
    """Bad input: the message is one sentence that says what is wrong and what is accepted."""
