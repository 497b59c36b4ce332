"""Rows a block at a time: what is computed of many people holds no second copy of their scans."""

from collections.abc import Callable, Iterator

from torch import Tensor

#: bytes of one block. Sensitivity: results agree to rounding; smaller ones read as fast from memory
BLOCK_BYTES = 2**26

#: goes through a matrix once: blocks of rows (b, v), in double precision and the caller's to change
Rows = Callable[[], Iterator[Tensor]]


def row_blocks(count: int, bytes_each: int, room: int | None = None) -> list[slice]:
    """Return slices of ``count`` rows (or columns) of so many bytes, each block of at most ``room``.

    ``room`` is :data:`BLOCK_BYTES` if None. A single row that is larger is a block of its own.
    """
    size = max(1, (BLOCK_BYTES if room is None else room) // max(1, bytes_each))
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def tensor_rows(samples: Tensor) -> Rows:
    """Return the rows of ``samples`` (n, v), of any precision."""

    def rows() -> Iterator[Tensor]:
        for block in row_blocks(len(samples), 8 * samples.shape[1]):
            yield samples[block].double() if samples.dtype.itemsize != 8 else samples[block].clone()

    return rows
