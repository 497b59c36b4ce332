"""Functions take at most eight parameters; what belongs together is a dataclass.

A command of the command line is exempt: its signature is what a user types, one option a parameter. A function is
a command where every parameter is annotated with ``Annotated[…, typer.…]`` or with an alias of it in
``cli/options.py`` or its own module. ``self`` and ``cls`` do not count; ``*args`` and ``**kwargs`` count as one.
"""

import ast

MOST = 8
#: functions that need more, and why: none
ALLOWED: dict[str, str] = {}


def _arguments(function):
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    positional = [*given.posonlyargs, *given.args]
    if positional and positional[0].arg in ("self", "cls"):
        named.remove(positional[0])
    return named + [star for star in (given.vararg, given.kwarg) if star is not None]


def _aliases(tree):
    """Names of a module's own options: ``Name = Annotated[…]``."""
    return {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and _is_annotated(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_annotated(node):
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Annotated"


def _is_option(annotation, aliases):
    if isinstance(annotation, ast.Attribute):
        return isinstance(annotation.value, ast.Name) and annotation.value.id == "options"
    return _is_annotated(annotation) or (isinstance(annotation, ast.Name) and annotation.id in aliases)


def _is_command(function, module):
    aliases = _aliases(module.tree)
    return module.room == "pipeline/cli" and all(
        _is_option(argument.annotation, aliases) for argument in _arguments(function)
    )


def test_no_function_has_more_than_eight_parameters(modules):
    crowded = {}
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = len(_arguments(node))
                if count > MOST and not _is_command(node, module):
                    crowded[f"{module.name}:{node.name}"] = count
    unlisted = [f"{name} has {count}" for name, count in crowded.items() if name not in ALLOWED]
    assert not unlisted, "\n".join(unlisted)
    assert set(ALLOWED) <= set(crowded), "an exception that is none any more"


def test_the_rule_tells_commands_from_functions(modules):
    text = "def {name}({words}) -> None: ..."
    shared = ", ".join(f"a{number}: options.Seed = 0" for number in range(9))
    plain = ", ".join(f"a{number}: int = 0" for number in range(9))
    (cli,) = [module for module in modules if module.name == "pipeline/cli/options.py"]
    command, function = (ast.parse(text.format(name="f", words=words)).body[0] for words in (shared, plain))
    assert len(_arguments(function)) == 9
    assert _is_command(command, cli)
    assert not _is_command(function, cli)
