"""What a formula may say, before anything evaluates it: names, arithmetic, and a few functions by name.

Formulas are Wilkinson's (1973, Applied Statistics 22:392) as R and formulaic write them. formulaic evaluates their
parts as Python, and a formula may come out of a file of weights: nothing may be in it that runs.
"""

import ast
import re

from formulaic import Formula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Term

from brainaging.pipeline.runtime import UserError

#: functions that a formula may call: splines, and what bends a number
FUNCTIONS = frozenset({"bs", "cr", "cc", "log", "log10", "log2", "exp", "I"})
#: letters of a formula, at most. Sensitivity: which formulas are refused
LONGEST = 500
#: covariates of a formula, and exponents in it, at most: crossing multiplies terms, and powers of powers have no
#: end. Sensitivity: which formulas are refused
MOST, HIGHEST = 20, 9
_NAME = re.compile(r"[A-Za-z_]\w*")
#: what stands behind a power: one number, and no further power
_POWER = re.compile(r"(?:\*\*|\^)\s*(?P<exponent>-?[\d.]*)(?P<chain>\s*(?:\*\*|\^))?")
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)


def formula_terms(text: str) -> list[Term]:
    """Return the terms of a formula's right side, without the constant.

    Raises:
        UserError: it has a left side, leaves the constant out, cannot be read, or holds more than names, numbers,
            arithmetic and :data:`FUNCTIONS`.
    """
    if len(text) > LONGEST:
        raise UserError(f"formula: expected at most {LONGEST} letters, found {len(text)}")
    names = set(_NAME.findall(text)) - FUNCTIONS
    if len(names) > MOST:
        raise UserError(f"formula: expected at most {MOST} names, found {len(names)}")
    for power in _POWER.finditer(text):
        try:
            bounded = abs(float(power["exponent"])) <= HIGHEST and not power["chain"]
        except ValueError:
            bounded = False
        if not bounded:
            raise UserError(f"formula {text!r}: expected powers up to {HIGHEST}, found {power[0]!r}")
    try:
        parsed = Formula(text)
    except (FormulaicError, SyntaxError, ValueError, TypeError, RecursionError) as error:
        raise UserError(
            f"formula {text!r}: expected terms such as 'age + sex + site', found no formula"
        ) from error
    if not isinstance(parsed, list) and hasattr(parsed, "lhs"):
        raise UserError(f"formula {text!r}: expected covariates alone, found something on the left of ~")
    terms = [term for term in parsed if isinstance(term, Term)]
    names = {str(term) for term in terms}
    if "1" not in names:
        raise UserError(f"formula {text!r}: expected the constant to stay, found it left out")
    others = [term for term in terms if str(term) != "1"]
    if not others:
        raise UserError(f"formula {text!r}: expected covariates, found none")
    for term in others:
        for factor in term.factors:
            _check(str(factor.expr), text)
    return others


def named(expression: str) -> set[str]:
    """Return the covariates that a factor of a checked formula is made of."""
    tree = ast.parse(expression, mode="eval")
    called = {
        node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - called


def _check(expression: str, text: str) -> None:
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise UserError(f"formula {text!r}: expected names and numbers, found {expression!r}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            allowed = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS
            if not allowed:
                raise UserError(
                    f"formula {text!r}: expected {', '.join(sorted(FUNCTIONS))} alone to be called, found "
                    f"{ast.unparse(node.func)!r}"
                )
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            # a constant's power grows without end before anything is computed of people
            if not any(isinstance(part, ast.Name) for part in ast.walk(node.left)):
                raise UserError(f"formula {text!r}: expected powers of covariates, found {ast.unparse(node)!r}")
        elif isinstance(node, ast.Constant):
            if not isinstance(node.value, int | float) or isinstance(node.value, bool):
                raise UserError(f"formula {text!r}: expected numbers, found {node.value!r}")
        elif not isinstance(
            node, (ast.Expression, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.List, ast.keyword, *_ARITHMETIC)
        ):
            raise UserError(f"formula {text!r}: expected names and arithmetic, found {expression!r}")
