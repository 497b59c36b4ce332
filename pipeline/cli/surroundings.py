"""What surrounds the program and must not stop it: streams, letters of the terminal, plots' backend, folders."""

import codecs
import os
import sys
import unicodedata
from pathlib import Path

from brainaging.pipeline.runtime import UserError

#: letters of our messages that a terminal may not have, and what is written in their place
PLAIN = {
    "×": "x",
    "·": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "→": "->",
    "±": "+/-",
    "≥": ">=",
    "≤": "<=",
    "’": "'",
    "“": '"',
    "”": '"',
    "•": "*",
    "°": " deg",
}
#: how streams treat what their encoding lacks
ERRORS = "brainaging_plain"


def settle() -> None:
    """Make the process fit to run whatever surrounds it; to be called first, once.

    Closed streams are opened on nothing, so that no file gets their numbers; letters that the terminal lacks are
    written in plain ones; plots are drawn into files, whichever backend a notebook has left in MPLBACKEND.

    Raises:
        UserError: the working directory is gone.
    """
    os.environ["MPLBACKEND"] = "agg"
    _open_closed_streams()
    codecs.register_error(ERRORS, plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=ERRORS)
    try:
        Path.cwd()
    except OSError as error:
        raise UserError(
            "expected a working directory, found it gone: go to a folder that is there (cd)"
        ) from error


def plain(error: UnicodeError) -> tuple[str, int]:
    """Return what is written in place of letters that an encoding lacks: a handler for :mod:`codecs`.

    >>> import codecs
    >>> codecs.register_error("brainaging_plain", plain)
    >>> "40 × 5 → Zoë, 北".encode("ascii", "brainaging_plain")
    b'40 x 5 -> Zoe, ?'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(letter: str) -> str:
    if letter in PLAIN:
        return PLAIN[letter]
    if 0xDC80 <= ord(letter) <= 0xDCFF:  # a byte of a file's name that is no letter
        return f"\\x{ord(letter) - 0xDC00:02x}"
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"


def _open_closed_streams() -> None:
    """Open what of standard input, output and error is closed on nothing."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
