"""The error that is the user's to mend, and so is shown in one line instead of a traceback."""

#: exit codes of our programs after a user's mistake, and where they were interrupted
EXIT_BAD_INPUT, EXIT_INTERRUPTED = 3, 130


class UserError(ValueError):
    """A mistake in what the user gave: names the file or column, what was expected and what came."""
