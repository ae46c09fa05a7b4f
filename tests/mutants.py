"""Wrong versions made by machine of a function that is right: one change each, in its code or round it."""

import ast
import copy
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np


class Mutant(NamedTuple):
    """``what`` was changed, and the function that came of it."""

    what: str
    function: Callable[..., Any]


_SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add, ast.Pow),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt,),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
_TWINS = {
    **{"sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax"},
    **{"std": "var", "var": "std", "sqrt": "square", "exp": "expm1", "log": "log1p", "logpdf": "pdf", "outer": "add"},
    **{"halfnorm": "norm", "norm": "cauchy", "inv": "asarray", "zeros": "ones", "ones": "zeros", "diag": "asarray"},
}
_WRAPS = ("abs({})", "np.maximum({}, 0)", "np.clip({}, 0, 1)", "-({})", "np.round({}, 3)", "np.flip({})", "({}).T")


def by_syntax(source: str, name: str, scope: dict[str, Any]) -> Iterator[Mutant]:
    """Change one node at a time of the code that defines a function.

    Parameters
    ----------
    source : str
        The code.
    name : str
        The function in it.
    scope : dict
        What the code may use.
    """
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            _bury(node)
    seen = {ast.unparse(tree)}
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Name) and node.id in scope:
            continue  # a module or a function of one: no value
        for changed in _changes(node):
            other = copy.deepcopy(tree)
            _put(other, place, changed)
            text = ast.unparse(ast.fix_missing_locations(other))
            if text not in seen:
                seen.add(text)
                own = dict(scope)
                exec(compile(text, "<mutant>", "exec"), own)
                line = getattr(node, "lineno", 0)
                yield Mutant(f"line {line}: `{ast.unparse(node)}` became `{ast.unparse(changed)}`", own[name])


def _bury(function: ast.FunctionDef) -> None:
    """Take out what the solution of a task with bugs overwrites before it is read: no change of it is one."""
    body = function.body
    for i in reversed(range(len(body))):
        if isinstance(body[i], ast.Assign | ast.For | ast.With) and all(
            _is_overwritten(name, body[i + 1 :]) for name in _names(body[i], ast.Store)
        ):
            del body[i]


def _is_overwritten(name: str, rest: list[ast.stmt]) -> bool:
    for statement in rest:
        if name in _names(statement, ast.Load):
            return False
        if isinstance(statement, ast.Assign) and name in _names(statement, ast.Store):
            return True
    return True


def _names(node: ast.AST, ctx: type) -> set[str]:
    inner = {id(one) for part in ast.walk(node) if isinstance(part, ast.comprehension) for one in ast.walk(part.target)}
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name) and id(one) not in inner)
    return {one.id for one in names if isinstance(one.ctx, ctx)}


def _put(tree: ast.Module, place: int, changed: ast.AST) -> None:
    target = list(ast.walk(tree))[place]
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, field, changed)
            elif isinstance(value, list):
                value[:] = [changed if item is target else item for item in value]


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    node = copy.deepcopy(node)
    if isinstance(node, ast.operator | ast.cmpop | ast.boolop):
        yield from (other() for other in _SWAPS.get(type(node), ()))
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)  # a term or factor dropped
        yield ast.BinOp(node.right, node.op, node.left)
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.BoolOp):
        yield from node.values
    if isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield from (ast.Constant(v) for v in (node.value + 1, node.value - 1, 2 * node.value, node.value / 2, 0))
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    if isinstance(node, ast.Attribute | ast.Name) and isinstance(getattr(node, "ctx", None), ast.Load):
        word = node.attr if isinstance(node, ast.Attribute) else node.id
        if word in _TWINS:
            yield (
                ast.Attribute(node.value, _TWINS[word], ast.Load())
                if isinstance(node, ast.Attribute)
                else ast.Name(_TWINS[word], ast.Load())
            )
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value
        yield ast.Subscript(node.value, ast.Constant(0), ast.Load())
    if isinstance(node, ast.Call):
        yield from (arg for arg in node.args[:2] if not isinstance(arg, ast.Starred))  # log(x) became x
        for i in range(len(node.keywords)):  # axis, ddof, weights, scale dropped
            yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])
        for i, j in combinations(range(len(node.args)), 2):
            args = list(node.args)
            args[i], args[j] = args[j], args[i]
            yield ast.Call(node.func, args, node.keywords)
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield ast.Tuple(node.elts[::-1], ast.Load())
        yield ast.Tuple([node.elts[0]] * len(node.elts), ast.Load())
    if isinstance(node, ast.BinOp | ast.Call) or (
        isinstance(node, ast.Name | ast.Subscript) and isinstance(node.ctx, ast.Load)
    ):
        yield from (ast.parse(wrap.format(ast.unparse(node)), mode="eval").body for wrap in _WRAPS)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.If):
        yield ast.Pass()
    if isinstance(node, ast.For):
        for skipped in ("{}[1:]", "{}[:-1]"):
            cut = ast.parse(skipped.format(f"list({ast.unparse(node.iter)})"), mode="eval").body
            yield ast.For(node.target, cut, node.body, node.orelse)


def _each(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Apply a change to a result, or to every part of one."""
    return lambda result: tuple(map(change, result)) if isinstance(result, tuple) else change(result)


def _float32(value: Any) -> Any:
    return np.asarray(value, np.float32).astype(float)


_ROUND_RESULT: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "maximum 0": lambda r: np.maximum(r, 0),
    "minimum 0": lambda r: np.minimum(r, 0),
    "clip to 0..1": lambda r: np.clip(r, 0, 1),
    "float32": _float32,
    "NaN to 0": np.nan_to_num,
    "sorted": lambda r: np.sort(r, axis=None).reshape(np.shape(r)),
    "flipped": np.flip,
    "rounded to 2": lambda r: np.round(r, 2),
    "rounded to 4": lambda r: np.round(r, 4),
    "a thousandth more": lambda r: np.asarray(r) * 1.001,
    "a thousandth added": lambda r: np.asarray(r) + 1e-3,
    "negative": lambda r: -np.asarray(r, float),
    "its mean everywhere": lambda r: np.full(np.shape(r), np.mean(r)),
    "its first everywhere": lambda r: np.full(np.shape(r), np.ravel(r)[0] if np.size(r) else 0),
    "all but the last": lambda r: r[:-1],
}
_ROUND_ARGUMENT = (
    *("abs", "maximum 0", "minimum 0", "clip to 0..1", "sorted", "flipped", "rounded to 2", "a thousandth more"),
    *("negative", "its mean everywhere", "its first everywhere"),
)


def round_it(function: Callable[..., Any], example: tuple[Any, ...]) -> Iterator[Mutant]:
    """Change what goes in or comes out of a function.

    Parameters
    ----------
    function : callable
        The right one.
    example : tuple
        Arguments; a mutant takes one of them for a constant.
    """

    def result(change: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *args: change(function(*args))

    def argument(k: int, change: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *args: function(*args[:k], change(args[k]), *args[k + 1 :])

    for what, change in _ROUND_RESULT.items():
        yield Mutant(f"result: {what}", result(_each(change)))
    right = function(*copy.deepcopy(example))
    if isinstance(right, tuple):
        yield Mutant("result: parts reversed", result(lambda r: r[::-1]))
        for k in range(len(right)):
            yield Mutant(f"result: part {k} alone", result(lambda r, k=k: r[k]))
            for what, change in _ROUND_RESULT.items():
                yield Mutant(
                    f"result: part {k} {what}",
                    result(lambda r, k=k, change=change: (*r[:k], change(r[k]), *r[k + 1 :])),
                )
    for k, value in enumerate(example):
        yield Mutant(f"argument {k}: taken for a constant", argument(k, lambda _, value=value: value))
        for what in _ROUND_ARGUMENT:
            yield Mutant(f"argument {k}: {what}", argument(k, _ROUND_RESULT[what]))
    for i, j in combinations(range(len(example)), 2):
        yield Mutant(f"arguments {i} and {j} swapped", _swapped(function, i, j))


def _swapped(function: Callable[..., Any], i: int, j: int) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        other = list(args)
        other[i], other[j] = other[j], other[i]
        return function(*other)

    return call
