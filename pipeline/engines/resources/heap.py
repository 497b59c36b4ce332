"""What a program's memory is when blocks come and go: glibc's allocator, by its rules and without memory."""

from bisect import bisect_left, insort

#: of glibc on 64 bits (mallopt(3)): from how many bytes on a block is mapped by itself and given back when it is
#: freed. The bound follows the largest mapped block that was freed, at most so far; twice as much free memory at
#: the heap's end is given back
FIRST_MAPPED, MOST_MAPPED = 128 * 1024, 32 * 1024**2
#: torch's blocks begin at multiples of so many bytes. To find such a place glibc asks for more, so that a hole of
#: just the size is none
ALIGNED, SPARE = 64, 96


class Heap:
    """Blocks of one heap: best fit, neighbours joined when free, large blocks mapped by themselves.

    A heap's end goes down only when what is free there is much, so that a program holds more than its living
    blocks, most where volumes are small: from 32 MB on, a block is mapped by itself.

    Attributes:
        resident: bytes that the program holds.
        peak: the most it held.
    """

    def __init__(self) -> None:
        self.mapped_from = FIRST_MAPPED
        self.mapped = self.end = self.top = self.peak = 0
        self._holes: list[tuple[int, int]] = []  # (size, start), by size
        self._starts: dict[int, int] = {}
        self._ends: dict[int, int] = {}

    @property
    def resident(self) -> int:
        """Bytes of mapped blocks and of the heap up to its end."""
        return self.mapped + self.end

    def take(self, size: int) -> int:
        """Take a block of ``size`` bytes; return where it begins, −1 where it is mapped by itself."""
        size = _rounded(size)
        if size >= self.mapped_from:
            self.mapped += size
            start = -1
        else:
            start = self._fitting(size)
        self.peak = max(self.peak, self.resident)
        return start

    def give_back(self, start: int, size: int) -> None:
        """Free the block of ``size`` bytes that :meth:`take` put at ``start``."""
        size = _rounded(size)
        if start < 0:
            self.mapped -= size
            self.mapped_from = max(self.mapped_from, min(size, MOST_MAPPED))
            return
        if start in self._ends:
            start, size = self._ends[start], size + start - self._ends[start]
            self._forget(start)
        if start + size in self._starts:
            after = start + size
            size += self._starts[after]
            self._forget(after)
        if start + size == self.top:
            self.top = start
            if self.end - self.top > 2 * self.mapped_from:
                self.end = self.top
        else:
            self._starts[start], self._ends[start + size] = size, start
            insort(self._holes, (size, start))

    def _fitting(self, size: int) -> int:
        """Take the smallest hole that is large enough, or what lies at the top."""
        place = bisect_left(self._holes, (size + SPARE, -1))
        if place == len(self._holes):
            start, self.top = self.top, self.top + size
            self.end = max(self.end, self.top)
            return start
        whole, start = self._holes[place]
        self._forget(start)
        if whole > size:
            self._starts[start + size], self._ends[start + whole] = whole - size, start + size
            insort(self._holes, (whole - size, start + size))
        return start

    def _forget(self, start: int) -> None:
        size = self._starts.pop(start)
        del self._ends[start + size]
        del self._holes[bisect_left(self._holes, (size, start))]


def _rounded(size: int) -> int:
    return max(ALIGNED, -(-size // ALIGNED) * ALIGNED)
