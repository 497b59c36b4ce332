"""The error that is the user's to mend, and so is shown in one line instead of a traceback."""


class UserError(ValueError):
    """A mistake in what the user gave: names the file or column, what was expected and what came."""
