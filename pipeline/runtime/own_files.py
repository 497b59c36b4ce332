"""A file is written over where this package wrote it, and a user's own never is."""

from pathlib import Path

from brainaging.pipeline.runtime.errors import UserError


def check_own(path: str | Path, beginnings: tuple[str, ...], what: str) -> None:
    """Refuse to write over a file that does not begin as this package's do.

    Args:
        path: what is to be written; nothing there, or an empty file, is fine.
        beginnings: how the package's own files begin, in UTF-8.
        what: those files in words, for the message.

    Raises:
        UserError: another file stands there, or a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise UserError(f"{path}: expected a file's name to write {what} to, found a folder")
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as stream:
        head = stream.read(max(len(start.encode()) for start in beginnings))
    if not head.startswith(tuple(start.encode() for start in beginnings)):
        raise UserError(f"{path}: expected no file, or {what}, found a file of your own: choose another --out")
