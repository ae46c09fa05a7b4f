"""A word is explained where it is first used: the glossary says in which lesson, and this finds the cell."""

import re
from pathlib import Path

import nbformat
import pytest

from course import syllabus
from course.syllabus import glossary

FOLDER = Path(__file__).parents[1] / "notebooks"
WRITTEN = re.compile(r"<!-- (?P<name>[a-z-]+) -->.*?<!-- /(?P=name) -->", re.S)
BOLD = re.compile(r"\*\*(.+?)\*\*", re.S)
SOUND = '[[term]]\nname = "weight"\nmeans = "m"\ntopic = "funnel"\n'


def prose(path: Path) -> list[tuple[str, str]]:
    """Cells of prose: their ids and texts, without the header, which announces, and what the build writes."""
    cells = nbformat.read(path, as_version=4).cells[1:]
    return [(cell.id, WRITTEN.sub("", cell.source)) for cell in cells if cell.cell_type == "markdown"]


CORES = {lesson.topic: prose(FOLDER / f"{lesson.name}.ipynb") for lesson in syllabus.lessons()}
FURTHER = {
    lesson.topic: prose(FOLDER / syllabus.FURTHER / f"{lesson.name}.ipynb")
    for lesson in syllabus.lessons()
    if lesson.further and lesson.kind != "start"  # its further reading is the glossary
}


def first_use(term: glossary.Term) -> tuple[str, str, str] | None:
    """Where a term is first used, in the cores from the first on, then in what is further: lesson, cell and text."""
    places = [(topic, *cell) for notebooks in (CORES, FURTHER) for topic, cells in notebooks.items() for cell in cells]
    return next((place for place in places if term.pattern.search(place[2])), None)


def explains(text: str, term: glossary.Term) -> bool:
    return any(term.pattern.search(bold) or term.name.casefold() in bold.casefold() for bold in BOLD.findall(text))


@pytest.mark.parametrize("term", glossary.terms(), ids=lambda term: term.name)
def test_a_term_is_explained_where_it_is_first_used(term):
    found = first_use(term)
    assert found is not None, f"no lesson uses {term.name!r}"
    topic, cell, text = found
    assert (topic, cell, explains(text, term)) == (term.topic, cell, True)


def test_terms_stand_in_the_order_of_the_lessons():
    order = list(CORES)
    assert [order.index(term.topic) for term in glossary.terms()] == sorted(
        order.index(term.topic) for term in glossary.terms()
    )


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('topic = "funnel"', 'topic = "tunnel"', "line 4, term weight: 'tunnel' is no lesson; there are"),
        ('means = "m"', 'mean = "m"', "line 3, term weight: .*unknown field `mean`"),
        ('topic = "funnel"\n', f'topic = "funnel"\n\n{SOUND}', "line 7, term weight: the term 'weight' occurs twice"),
        ('topic = "funnel"\n', 'topic = "funnel"\nused = "("\n', "line 5, term weight: used: no regular expression"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_way_out(old, new, what):
    with pytest.raises(syllabus.SyllabusError, match=rf"(?s)glossary.toml, {what}.*Mend it in glossary.toml"):
        glossary.parse(SOUND.replace(old, new))


def test_an_undefined_word_is_caught():
    term = glossary.Term("weight", "m", "funnel")
    assert explains("The **weight** of a group", term)
    assert explains("**A group's weight**, in two lines", term)
    assert not explains("The weight of **a group**", term)
