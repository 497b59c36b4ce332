"""Examples in docstrings (``>>>`` and what follows) as code on API pages: plain Markdown would quote them."""

import re
from typing import Any

from griffe import Extension, Object

_EXAMPLE = re.compile(r"((?:^>>> .*\n?)(?:^(?!\s*$).*\n?)*)", flags=re.MULTILINE)


class Doctests(Extension):
    """Puts a fence around every example of a docstring."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Change the docstring of a module, class, function or attribute as it is loaded."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """Return a docstring whose examples are fenced.

    >>> print(fenced("It adds.\\n\\n>>> 1 + 1\\n2").replace("`", "'"))
    It adds.
    <BLANKLINE>
    '''python
    >>> 1 + 1
    2
    '''
    <BLANKLINE>
    """
    return _EXAMPLE.sub(lambda found: f"```python\n{found[1].rstrip()}\n```\n", text)
