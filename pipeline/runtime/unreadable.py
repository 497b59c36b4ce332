"""What was found in a file that a library could not read, in our words and not in the library's."""

import json


def found_in(error: BaseException) -> str:
    """Return what a file holds, by the error that reading it raised; for "expected …, found …".

    >>> found_in(FileNotFoundError(2, "No such file or directory"))
    'no such file'
    """
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return error.strerror or "a file that cannot be read"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON from line {error.lineno}, column {error.colno} on"
    if isinstance(error, KeyError) and error.args:
        return f"none called {error.args[0]!r}"
    name = type(error).__name__  # pandas' and zipfile's, which nobody needs to import for a message
    known = {
        "EmptyDataError": "an empty file",
        "ParserError": "rows of different lengths",
        "BadZipFile": "half a file",
    }
    return known.get(name, "half a file" if isinstance(error, EOFError) else "something else")
