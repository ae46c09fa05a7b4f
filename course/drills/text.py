r"""Texts of cards, written once in Markdown with formulas between dollar signs: for a terminal and for a page.

A terminal gets formulas as Unicode (``$\lambda_j = \tau^2$`` is λⱼ = τ²); a page gets HTML, with the formulas left to
MathJax.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache
from typing import Any

_FORMULA = re.compile(r"(?<![\\$])\$(?P<latex>[^$]+)\$")
_CODE = re.compile(r"(```.*?```|`[^`]*`)", re.S)
_SCRIPT = re.compile(r"(?P<sign>[_^])\s*(?:\{(?P<group>[^{}]*)\}|(?P<command>\\[A-Za-z]+)|(?P<one>[^\s{}\\]))")
_RAISED = dict(zip("0123456789+-=()aijknprTt*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃⁱʲᵏⁿᵖʳᵀᵗ*", strict=True))
_LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_UP, _DOWN = "\ue000", "\ue001"  # stand for ^ and _ where they stay, so that they are not looked at again
_END = "\u2060"  # ends a command: in \\lambdaⱼ the index would be part of its name
_IN_LINE = str.maketrans({_UP: "^", _DOWN: "_", _END: None})
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_TAKES_WHAT_FOLLOWS = "hat|bar|tilde|vec|dot|sqrt|mathrm|mathcal|mathbf|text|operatorname|overline|left|right"
_SPACE_AFTER = re.compile(rf"(\\(?!(?:{_TAKES_WHAT_FOLLOWS})\b)[A-Za-z]+)\s+")  # LaTeX drops it
_NAMED = re.compile(r"(\\(?:log|exp|max|min|arg))(?=\\)")
_SPACED = str.maketrans({sign: f" {sign} " for sign in "=<>∼≤≥≈∝→≠⇒∈"})


def for_terminal(text: str) -> str:
    """Return Markdown in which formulas are Unicode.

    Parameters
    ----------
    text : str
        Markdown with formulas between dollar signs; what is in backticks is left as it is.
    """
    parts = _CODE.split(text)
    parts[::2] = [_FORMULA.sub(lambda found: _escaped(unicode_math(found["latex"])), part) for part in parts[::2]]
    return "".join(parts)


def plain(text: str) -> str:
    """Return a text on one line, formulas as Unicode and without Markdown's marks: for a label or a list.

    Parameters
    ----------
    text : str
        Markdown with formulas between dollar signs.
    """
    bare = re.sub(r"(?<!\\)[*`]|\\(?=[*_`\[\]<>#|])", "", for_terminal(text))
    return " ".join(bare.split())


def _escaped(formula: str) -> str:
    """Keep Markdown's hands off the stars, underlines and brackets of a formula."""
    return re.sub(r"([*_`\[\]<>#|])", r"\\\1", formula)


def unicode_math(latex: str) -> str:
    """Write a formula as Unicode.

    Parameters
    ----------
    latex : str
        LaTeX without dollar signs.
    """
    while (found := _SCRIPT.search(latex)) is not None:  # what has no raised or lowered form stays in a line: x^(a/b)
        inner = next(group for group in (found["group"], found["command"], found["one"]) if group is not None)
        script = _script(found["sign"], unicode_math(inner))
        latex = f"{latex[: found.start()]}{_END}{script}{latex[found.end() :]}"
    while (found := _FRACTION.search(latex)) is not None:
        latex = f"{latex[: found.start()]}{_bracketed(found[1])}/{_bracketed(found[2])}{latex[found.end() :]}"
    latex = _NAMED.sub(r"\1\\ ", _SPACE_AFTER.sub(r"\1\\ ", latex))
    latex = latex.replace(r"\mid", r"\ |\ ").replace(r"\times", r"\ \times\ ").replace(r"\|", "‖")
    plain: str = _converter().latex_to_text(latex)
    plain = re.sub(r"√\((\w+)\)", r"√\1", plain.translate(_IN_LINE).translate(_SPACED))
    return re.sub(r"\s+", " ", plain).strip()


def _bracketed(part: str) -> str:
    return f"({part})" if re.search(r"[-+ /]|\\cdot|\\times", part.strip()) else part


def _script(sign: str, text: str) -> str:
    forms = _RAISED if sign == "^" else _LOWERED
    if all(character in forms for character in text):
        return "".join(forms[character] for character in text)
    mark = _UP if sign == "^" else _DOWN
    return f"{mark}({text})" if len(text) > 1 else f"{mark}{text}"


@cache
def _converter() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", strict_latex_spaces=False)


def as_html(text: str, opening: str = "$", closing: str = "$") -> str:
    r"""Return Markdown as HTML, with formulas between the marks that a page's MathJax looks for.

    Parameters
    ----------
    text : str
        Markdown with formulas between dollar signs.
    opening, closing : str
        What to put around a formula: dollar signs for a notebook, ``\(`` and ``\)`` for Anki.
    """
    return str(_renderer(opening, closing).render(text)).strip()


def with_mathml(text: str) -> str:
    """Return Markdown as HTML, with formulas as MathML, for a page without MathJax.

    Parameters
    ----------
    text : str
        Markdown with formulas between dollar signs.
    """
    return str(_with_mathml().render(text)).strip()


@cache
def _renderer(opening: str, closing: str) -> Any:
    return _page(lambda latex, _: f"{opening}{html.escape(latex, quote=False)}{closing}")


@cache
def _with_mathml() -> Any:
    from latex2mathml.converter import convert

    return _page(lambda latex, _: convert(latex))


def _page(formula: Callable[[str, object], str]) -> Any:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    page = MarkdownIt("commonmark", {"html": False})
    dollarmath_plugin(page, renderer=formula, allow_space=True, allow_digits=True)
    return page
