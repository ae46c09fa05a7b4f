"""Figures without their colours: in each legend of each lesson that has run, lines differ in dash or marker."""

import re
from xml.etree import ElementTree

import pytest

from course import bundle
from course.app.site import executed

pytestmark = pytest.mark.site

ROOT = bundle.root()
LESSONS = sorted((ROOT / "notebooks").rglob("[!.]*.ipynb"))


def pictures(notebook):
    """The SVG of each figure of a notebook."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            page = output.get("data", {}).get("text/html", "")
            if "<figure" in page and "<svg" in page:
                yield cell.id, page[page.index("<svg") : page.index("</svg>") + 6]


def looks(legend, shapes):
    """How each line of a legend is drawn, colour and width left out; Matplotlib writes names behind lines."""
    found, last = [], []
    for group in legend:
        if "line2d_" in group.get("id", ""):
            for part in group.iter():
                style = part.get("style", "")
                if part.tag.endswith("}use"):
                    place = part.get("{http://www.w3.org/1999/xlink}href").lstrip("#")
                    last.append((shapes[place], "fill: none" in style or "fill-opacity: 0" in style))
                elif part.tag.endswith("}path") and part.get("id") is None:
                    last.append(re.findall(r"stroke-dasharray: ?([\d.,]+)", style))
        elif "text_" in group.get("id", "") and last:
            found.append(str(last))
            last = []
    return found


def alike(svg):
    """Number of legends in which two lines differ in colour alone, and number of legends with lines."""
    tree = ElementTree.fromstring(svg)
    shapes = {part.get("id"): part.get("d") for part in tree.iter() if part.tag.endswith("}path")}
    every = [looks(group, shapes) for group in tree.iter() if re.search(r"(^|-)legend_\d+$", group.get("id", ""))]
    every = [found for found in every if found]
    return sum(len(set(found)) < len(found) for found in every), len(every)


def test_lines_of_a_legend_differ_in_more_than_colour(made):
    found, tried = [], 0
    for path, notebook in executed.executed(LESSONS).items():
        for cell, svg in pictures(notebook):
            wrong, n = alike(svg)
            tried += n
            found += [f"{path.relative_to(ROOT)}, cell {cell}"] * wrong
    assert tried > 20
    assert found == []
