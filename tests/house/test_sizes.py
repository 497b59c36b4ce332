"""No crowded folder, no room that is a house of its own, no module of several ideas."""

from collections import Counter

MODULES_A_FOLDER = 20
LINES_A_MODULE = 300
SHARE_A_ROOM = 0.2


def test_no_folder_has_more_than_twenty_modules(modules):
    counts = Counter(module.path.parent.as_posix() for module in modules)
    assert {folder: count for folder, count in counts.items() if count > MODULES_A_FOLDER} == {}


def test_no_room_has_more_than_a_fifth_of_the_lines(modules):
    lines: Counter[str] = Counter()
    for module in modules:
        lines[module.room] += module.lines
    assert {room: count for room, count in lines.items() if count > SHARE_A_ROOM * lines.total()} == {}


def test_no_module_has_more_than_three_hundred_lines(modules):
    assert {module.name: module.lines for module in modules if module.lines > LINES_A_MODULE} == {}
