"""No module's name stands twice in the tree, unless the folders say the difference."""

from collections import defaultdict

#: names that stand in several folders, and what tells them apart
ALLOWED = {
    "__init__": "every package has one",
    "run": "an experiment's folder says which; each has one entry",
}


def test_no_module_name_stands_twice(modules):
    places = defaultdict(list)
    for module in modules:
        places[module.path.stem].append(module.path.parent.as_posix())
    twice = {name: folders for name, folders in places.items() if len(folders) > 1 and name not in ALLOWED}
    assert not twice, "\n".join(f"{name}: {', '.join(folders)}" for name, folders in twice.items())
    assert all(len(places[name]) > 1 for name in ALLOWED), "an exception that is none any more"
