"""What a file is before anything is read as voxels: a scan, a pointer to one that was not fetched, or else.

Datasets are handed round by git-annex (DataLad) and Git LFS, which leave a small text or a dead link where a scan
was not fetched; downloads that failed leave web pages.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from isal import igzip_lib

from brainaging.transforms.scan_errors import ScanError

SUFFIXES = (".nii", ".nii.gz", ".mgz")
GZIP_MAGIC = b"\x1f\x8b"
#: bytes of a file that are read at a time
_PIECE = 1 << 18
#: how far behind the last voxel a gzip stream is followed to its checksum
_TAIL = 1 << 20
#: what starts a file that is no scan, and what it is
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive (unzip it first)"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89HDF", "an HDF5 file"),
    (b"BZh", "a bzip2 file (unpack it first)"),
    (b"\xfd7zXZ", "an xz file (unpack it first)"),
    (b"\x28\xb5\x2f\xfd", "a zstd file (unpack it first)"),
)

#: what a gzip file that is cut or damaged raises; isal's stubs declare its error a value instead of a class
DAMAGED = (EOFError, zlib.error, cast("type[Exception]", igzip_lib.IsalError))


class ByteStream(Protocol):
    """What a scan's bytes are read from."""

    def readinto(self, out: memoryview) -> int:
        """Fill the start of ``out``; return how many bytes, 0 at the end."""


def form_of(path: Path) -> str:
    """Return ``nifti`` or ``mgz`` by a file's name, whatever its case.

    Raises:
        ScanError: another suffix than those of :data:`SUFFIXES`.
    """
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return "nifti"
    if name.endswith(".mgz"):
        return "mgz"
    found = path.suffix or "no suffix"
    raise ScanError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}, found {found}")


def check_is_here(path: Path) -> None:
    """Refuse a path behind which there is no file with bytes.

    Raises:
        ScanError: no such file, a link to nothing (git-annex's before the data are fetched), a folder, no byte.
    """
    if not path.exists():
        if path.is_symlink():
            target = path.readlink()
            if ".git/annex/objects" in target.as_posix():
                raise ScanError(f"{path}: expected a scan, found a git-annex link to absent data{_ANNEX}")
            raise ScanError(f"{path}: expected a scan, found a link to {target}, where no file is")
        raise ScanError(f"{path}: expected a scan, found no such file")
    if not path.is_file():
        what = "a folder" if path.is_dir() else "something else"
        raise ScanError(f"{path}: expected a file, found {what}")
    if not path.stat().st_size:
        raise ScanError(f"{path}: expected a scan, found an empty file")


_ANNEX = ": fetch them with `datalad get` or `git annex get`"


def foreign(head: bytes) -> str:
    """Return what the first bytes of a file are, with what to do, "" where they may be a scan's.

    >>> foreign(b"version https://git-lfs.github.com/spec/v1")
    'a Git LFS pointer in place of the data: fetch them with `git lfs pull`'
    """
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith((b"version https://git-lfs", b"version http://git-media")):
        return "a Git LFS pointer in place of the data: fetch them with `git lfs pull`"
    if start.startswith(b"/annex/objects/"):
        return f"a git-annex pointer in place of the data{_ANNEX}"
    if start[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "a web page: did its download fail?"
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            return what
    text = head[:256]
    if text and all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in text):
        return f"text that begins {text[:40].decode().split(chr(10))[0].strip()!r}"
    return ""


class Unzipped:
    """The bytes of a gzip file, whatever follows its last member, as the gzip tool and zlib read it.

    Python's gzip and isal's stop with an error at what is behind the last member; archives and old writers leave
    such bytes. The checksum of every member that is read to its end is held against its bytes.

    Args:
        raw: the file, at its start.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self.raw = raw
        self.member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        self.over = False

    def readinto(self, out: memoryview) -> int:
        """Fill the start of ``out``; return how many bytes, 0 at the end; EOFError where the file is cut."""
        while len(out) and not self.over:
            piece = b""
            if self.member.eof:
                piece = self.member.unused_data
                piece += self.raw.read(_PIECE) if len(piece) < len(GZIP_MAGIC) else b""
                if not piece.startswith(GZIP_MAGIC):
                    self.over = True
                    return 0
                self.member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            elif self.member.needs_input:
                piece = self.raw.read(_PIECE)
                if not piece:
                    raise EOFError
            data = self.member.decompress(piece, len(out))
            if data:
                out[: len(data)] = data
                return len(data)
        return 0


@contextmanager
def opened(path: Path) -> Iterator[ByteStream]:
    """Open a scan's file and unzip it where it is zipped, whatever its name says.

    Raises:
        ScanError: what is inside is no scan, or (while it is read) a gzip file that is cut or damaged.
        OSError: it cannot be read.
    """
    with path.open("rb") as raw:
        head = raw.read(512)
        raw.seek(0)
        if what := foreign(head):
            raise ScanError(f"{path}: expected a scan, found {what}")
        if not head.startswith(GZIP_MAGIC):
            yield cast(ByteStream, raw)
            return
        try:
            yield Unzipped(raw)
        except EOFError as error:
            raise ScanError(f"{path}: expected a whole gzip file, found it truncated: copy it again") from error
        except DAMAGED as error:
            raise ScanError(f"{path}: expected a whole gzip file, found it damaged: copy it again") from error


def fill(stream: ByteStream, out: memoryview) -> int:
    """Read until ``out`` is full or nothing is left; return how many bytes came."""
    filled = 0
    while filled < len(out) and (count := stream.readinto(out[filled:])):
        filled += count
    return filled


def read_to_the_checksum(stream: ByteStream) -> None:
    """Read on to the end of a gzip member, where its checksum is; no further than 1 MiB, for what trails."""
    left, waste = _TAIL, memoryview(bytearray(_PIECE))
    while left > 0 and (count := stream.readinto(waste)):
        left -= count
