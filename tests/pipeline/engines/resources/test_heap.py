"""A heap without memory: what is freed is used again, what is large is given back, and nothing overlaps."""

from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.engines.resources.heap import FIRST_MAPPED, MOST_MAPPED, SPARE, Heap


@given(st.lists(st.tuples(st.integers(1, 200_000), st.booleans()), max_size=80))
def test_living_blocks_never_overlap_and_lie_within_what_is_held(steps: list[tuple[int, bool]]) -> None:
    heap, alive = Heap(), []
    heap.mapped_from = MOST_MAPPED
    for size, frees in steps:
        if frees and alive:
            heap.give_back(*alive.pop(len(alive) // 2))
        start = heap.take(size)
        assert all(start + size <= other or other + length <= start for other, length in alive)
        alive.append((start, size))
        assert sum(length for _, length in alive) <= heap.resident <= heap.peak
    for block in alive:
        heap.give_back(*block)
    assert heap.top == 0
    assert heap.resident <= 2 * heap.mapped_from


def test_a_large_block_is_held_as_long_as_it_lives_and_raises_the_bound() -> None:
    heap = Heap()
    start = heap.take(10 * FIRST_MAPPED)
    assert start == -1
    assert heap.resident == 10 * FIRST_MAPPED
    heap.give_back(start, 10 * FIRST_MAPPED)
    assert heap.resident == 0
    assert heap.mapped_from == 10 * FIRST_MAPPED
    assert heap.take(9 * FIRST_MAPPED) == 0


def test_a_hole_of_just_the_size_is_none_and_a_larger_one_is_taken() -> None:
    heap = Heap()
    heap.mapped_from = MOST_MAPPED
    first, _wall, second, _end = (heap.take(size) for size in (6400, 64, 6400 + SPARE, 64))
    heap.give_back(first, 6400)
    heap.give_back(second, 6400 + SPARE)
    assert heap.take(6400) == second
