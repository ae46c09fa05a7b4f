"""What the pages need beyond Sphinx: formulas as MathML, and explorers.

Formulas are made when the page is: every browser shows MathML and reads it out, and no script is loaded for them.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from latex2mathml.converter import convert
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from sphinx.util.docutils import SphinxDirective

from course import syllabus
from course.app.site import boxes


def setup(app: Any) -> dict[str, bool]:
    """Register both with Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.add_config_value("course_live", True, "html")
    app.add_directive("explorer", Explorer)
    app.add_node(HideCodeCellNode, override=True, html=(_fold, depart_HideCellInput))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Explorer(SphinxDirective):
    """An explorer by its name in the syllabus: its still picture, which `site.js` makes live at the first touch."""

    required_arguments = 1
    option_spec = {"eager": directives.flag}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the picture as HTML."""
        name = self.arguments[0]
        if name not in syllabus.explorers():
            raise self.error(f"no explorer is called {name!r}; there are {', '.join(syllabus.explorers())}")
        return [
            nodes.raw(
                "", boxes.opening(name, live=self.config.course_live, eager="eager" in self.options), format="html"
            )
        ]


def _fold(translator: Any, node: Any) -> None:
    """Open the fold of a cell; what is written on it is its name, where myst-nb gives all of them one other."""
    before = len(translator.body)
    visit_HideCellInput(translator, node)
    translator.body[before:] = [
        text.replace(' aria-label="Toggle hidden content"', "") for text in translator.body[before:]
    ]


def _inline(translator: Any, node: Any) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: Any) -> None:
    translator.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode
