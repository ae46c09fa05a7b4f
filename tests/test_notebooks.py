"""What every lesson keeps to, without running it; that it runs is nbval's business."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course import syllabus
from course.app import notebooks
from course.drills import bank

FOLDER = Path(__file__).parents[1] / "notebooks"
LESSONS = sorted(FOLDER.rglob("[!.]*.ipynb"))
LONGEST_CELL = 12
CELLS = range(15, 51)  # a cell of prose has one job, so that there are many

CORES = tuple(lesson.name for lesson in syllabus.lessons())  # each a core that fits a sitting
LONGEST_CORE = {"00_start_here": 10}  # minutes; 45 for the others
MOST_WORDS, LONGEST_PROSE = 2000, 120

# The interview room is no sitting but six: each question begins and stops on its own, and a test measures each.
ROOM, LONGEST_QUESTION = "12_interview_room", 20  # minutes, the answers spoken aloud

# Folded is what draws, loads, simulates and checks. Models, densities and what a lesson teaches stay open.
NOT_FOLDED = re.compile(r"\bpm\.(?!sample\b)\w+\(|log_?pdf|log_?pmf|\.pdf\(|\.pmf\(|guess\w* *=")
TYPED = re.compile(r"""quiz\.reveal\(\s*\w+,\s*(?:["'][^"']*["']|[\d.]+)\s*[,)]""")  # an answer that is no computation
GUESS = re.compile(r"^(\w*guess\w*) *= *None", re.M)

FORBIDDEN = {
    r"sys\.path": "the package is installed",
    r"^\s*[!%]\s*pip|^\s*!": "a notebook installs and runs nothing in the shell",
    r"filterwarnings\(|simplefilter\(": "no warning is silenced",
    r"""["'](/(home|Users|tmp|work|root|usr|mnt)/|[A-Za-z]:\\)""": "no absolute path",
}
NOUN_HEADINGS = re.compile(
    r"^#+\s*(introduction|results?|conclusions?|summary|overview|discussion|background)\W*$|^#+\s*summary of", re.I
)

# What is not a number of the lesson: code, formulas, links, comments, and where a source says it.
NOT_PROSE = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*(?:\n[^$\n]+)*?\$|<!--.*?-->|\]\([^)]*\)|https?://\S+|\b10\.\d{4,}/\S+"
    r"|(?i:\b(?:sections?|chapters?|sec\.|ch\.|figures?|tables?|equations?|lessons?|version|python|pymc|arviz|jupyterlab)|§)"
    r"\s*\d+(?:\.\d+)*(?:(?:\s*(?:,|and|to|-|–)\s*)\d+(?:\.\d+)+)*",
    re.S,
)
NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?%)?|(?<![\w.])\.\d+(?:\s?%)?")


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def lesson(path) -> Any:
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


# What the rules say, as functions of a notebook: each returns what breaks it.


def long_cells(notebook):
    return [cell.id for cell in code(notebook) if len(cell.source.strip().splitlines()) > LONGEST_CELL]


def forbidden(notebook):
    found = [
        (cell.id, why)
        for cell in code(notebook)
        for what, why in FORBIDDEN.items()
        if re.search(what, cell.source, re.M)
    ]
    return found


def wrong_outputs(notebook):
    found = []
    for cell in code(notebook):
        if notebooks.is_golden(cell) and not (cell.outputs and cell.execution_count):
            found.append((cell.id, "golden without an output; store it with: course build --run"))
        if not notebooks.is_golden(cell) and (cell.outputs or cell.execution_count):
            found.append((cell.id, "an output that is not compared; strip it with: course build"))
        # Names inside an SVG are drawn by lot: the picture would never be the stored one.
        if any("<figure" in output.get("data", {}).get("text/html", "") for output in cell.outputs):
            found.append((cell.id, "a picture in a golden cell; show it in a cell of its own"))
    return found


def noun_headings(notebook):
    lines = [line for cell in prose(notebook) for line in NOT_PROSE.sub(" ", cell.source).splitlines()]
    return [line for line in lines if NOUN_HEADINGS.match(line)]


def value(token):
    """A number as digits alone: 6.5% is 0.065, and 10,000.0 is not 10,000."""
    token = token.replace(",", "").replace(" ", "")
    if not token.endswith("%"):
        return "0" + token if token.startswith(".") else token
    digits = token[:-1] + ("." if "." not in token else "")
    whole, _, part = digits.partition(".")
    whole = whole.zfill(3)
    return f"{int(whole[:-2])}.{whole[-2:]}{part}"


def computed(notebook):
    """Every number that a golden cell prints or a code cell contains."""
    texts = [cell.source for cell in code(notebook)]
    for cell in code(notebook):
        for output in cell.outputs if notebooks.is_golden(cell) else []:
            texts += [
                output.get("text", ""),
                *(str(text) for kind, text in output.get("data", {}).items() if kind == "text/plain"),
            ]
    return {value(token) for text in texts for token in NUMBER.findall(text)}


def uncomputed(notebook):
    """Decimal numbers and percentages in prose that the notebook does not compute."""
    known = computed(notebook)
    return [
        (cell.id, token)
        for cell in prose(notebook)
        for token in NUMBER.findall(NOT_PROSE.sub(" ", cell.source))
        if ("." in token or "%" in token) and value(token) not in known
    ]


ASIDE = re.compile(r"^\|[^\n]*$|<details>.*?</details>", re.M | re.S)


def long_prose(notebook):
    """Cells of prose with more words than one job takes, tables, spoken answers that fold out, and such aside."""
    counted = {cell.id: len(ASIDE.sub("", cell.source).split()) for cell in prose(notebook)}
    return {cell_id: words for cell_id, words in counted.items() if words > LONGEST_PROSE}


def guesses_without_an_answer(notebook):
    """Every question for a guess has a cell to write it in, and a later one that holds it against the answer."""
    found = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown" or not re.search(r"\*\*(?:Predict|Guess)", cell.source):
            continue
        after = notebook.cells[index + 1] if index + 1 < len(notebook.cells) else cell
        names = GUESS.findall(after.source) if after.cell_type == "code" else []
        later = "\n".join(one.source for one in notebook.cells[index + 2 :] if one.cell_type == "code")
        if not names:
            found.append((cell.id, "asks for a guess; the next cell has none to fill in, such as: guess = None"))
        found += [
            (after.id, f"{name} is never answered; a later cell calls: quiz.reveal({name}, ...)")
            for name in names
            if not re.search(rf"quiz\.reveal\(\s*{name}\b", later)
        ]
    return found


def wrongly_folded(notebook):
    """What a lesson teaches, behind a fold; and what proves something to its author, in front of it."""
    found = []
    for cell in code(notebook):
        folded = notebooks.is_folded(cell)
        if folded and (hit := NOT_FOLDED.search(cell.source)):
            found.append((cell.id, f"{hit[0]!r} is folded away"))
        if not folded and (hit := TYPED.search(cell.source)):
            found.append((cell.id, f"{hit[0]!r} can be read before the guess is written: fold it"))
        if not folded and re.search(r"^\s*assert\b", cell.source, re.M):
            found.append((cell.id, "an assert that is open: it belongs in a test or in a folded cell"))
    return found


# The lessons keep to them.


def test_a_lesson_is_a_valid_notebook_with_its_own_ids(lesson):
    nbformat.validate(lesson)
    ids = [cell.id for cell in lesson.cells]
    assert len(set(ids)) == len(ids)


def test_a_code_cell_is_short(lesson):
    assert long_cells(lesson) == []


def test_the_first_code_cell_imports_and_seeds(lesson):
    first = code(lesson)[0].source
    assert re.search(r"^(import|from) ", first, re.M)
    if any(re.search(r"\brng\b", cell.source) for cell in code(lesson)):
        assert "rng = np.random.default_rng(" in first


def test_a_lesson_needs_nothing_special_and_hides_nothing(lesson):
    assert forbidden(lesson) == []


def test_golden_cells_and_only_they_store_outputs(lesson):
    assert wrong_outputs(lesson) == []


def test_every_number_in_prose_is_computed(lesson):
    assert uncomputed(lesson) == []


def test_a_heading_asks_or_claims(lesson):
    assert noun_headings(lesson) == []


def test_a_lesson_has_a_humane_length(path, lesson):
    if not path.stem.startswith("00") and path.parent == FOLDER:
        assert len(lesson.cells) in CELLS


@pytest.mark.parametrize("name", [name for name in CORES if name != ROOM])
def test_a_core_fits_a_sitting(name):
    core = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert notebooks.minutes(core) <= LONGEST_CORE.get(name, 45)
    assert sum(map(notebooks.words, core.cells)) <= MOST_WORDS


def test_each_question_of_the_interview_room_fits_a_sitting():
    room, deck = nbformat.read(FOLDER / f"{ROOM}.ipynb", as_version=4), bank.bank()
    starts = [i for i, cell in enumerate(room.cells) if re.match(r"## (?:\d ·|Is that so)", cell.source)]
    assert len(starts) == 7
    for first, last in pairwise(starts):
        sitting = notebook_of(*(cell for cell in room.cells[first:last]))
        spoken = [deck[name].seconds for name in re.findall(r'"(interview-[a-z-]+)"', code(sitting)[0].source)]
        assert len(spoken) == 3
        for cell in prose(sitting):
            cell.source = ASIDE.sub("", cell.source)
        assert notebooks.minutes(sitting) + sum(spoken) / 60 <= LONGEST_QUESTION
        assert "*Stop here" in sitting.cells[-1].source


def test_a_cell_of_prose_has_one_job(lesson):
    assert long_prose(lesson) == {}


def test_a_guess_has_a_cell_to_write_in_and_is_answered(lesson):
    assert guesses_without_an_answer(lesson) == []


def test_the_fold_hides_what_draws_and_checks_and_nothing_that_is_taught(lesson):
    assert wrongly_folded(lesson) == []


# The rules catch what they are for.


def notebook_of(*cells):
    return new_notebook(cells=list(cells))


def golden(source, text):
    cell = new_code_cell(source, execution_count=1, outputs=[new_output("stream", name="stdout", text=text)])
    cell.metadata.tags = [notebooks.GOLDEN]
    return cell


@pytest.mark.parametrize(
    ("source", "caught"),
    [
        ("School A falls to 9.4, about 12% less.", ["9.4", "12%"]),
        ("The factor is 3.5 and the share 89%.", []),  # printed, and written as 0.89 in the code
        ("Its share is 66.7%, or 0.667.", []),
        ("Of 10,000 towns, 8 schools and 71 rats there is nothing to compute.", []),
        ("Write `9.4`, $9.4$, $$\n9.4\n$$ and\n```\n9.4\n```", []),
        ("See section 5.4, Table 5.2 and [a paper](https://doi.org/10.1214/06-BA117A), PyMC 6.4.", []),
        ("It rises from -0.5 to .25.", ["0.5", ".25"]),
        ("That is 3.50 times.", ["3.50"]),
    ],
)
def test_a_number_that_nobody_computed_is_caught(source, caught):
    notebook = notebook_of(
        new_markdown_cell(source), golden("print(ratio)", "ratio 3.5\nshare 0.667"), new_code_cell("p = 0.89")
    )
    assert [token for _, token in uncomputed(notebook)] == caught


@pytest.mark.parametrize(
    ("token", "digits"),
    [("6%", "0.06"), ("6.5%", "0.065"), ("100%", "1.00"), ("12 %", "0.12"), (".5", "0.5"), ("1,234.5", "1234.5")],
)
def test_a_percentage_is_the_share_that_the_code_computes(token, digits):
    assert value(token) == digits


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.path.append('..')",
        "!pip install x",
        "%pip install x",
        "warnings.filterwarnings('ignore')",
        "import warnings\nwarnings.simplefilter('ignore')",
        "open('/home/me/data.csv')",
        r"open('C:\data.csv')",
    ],
)
def test_what_a_lesson_must_not_do_is_caught(source):
    assert forbidden(notebook_of(new_code_cell(source)))


def test_ordinary_code_is_not_caught():
    assert forbidden(notebook_of(new_code_cell("x = a != b\nprint(f'{x:.0%}')\nratio = 7 % pip"))) == []


@pytest.mark.parametrize("heading", ["# Introduction", "## Results", "### Conclusion.", "## Summary of the lesson"])
def test_a_noun_for_a_heading_is_caught(heading):
    assert noun_headings(notebook_of(new_markdown_cell(f"{heading}\n\nText.")))
    assert not noun_headings(notebook_of(new_markdown_cell("## How far should Podunk move?\n\n```\n# Results\n```")))


def test_long_cells_and_wrong_outputs_are_caught():
    silent = golden("print(1)", "1")
    silent.outputs = []
    loud = new_code_cell("1\n" * (LONGEST_CELL + 1), execution_count=3)
    drawn = golden("plots.show(figure)", "1")
    drawn.outputs.append(new_output("display_data", {"text/html": "<figure><svg/></figure>"}))
    notebook = notebook_of(silent, loud, drawn, golden("print(2)", "2"))
    assert long_cells(notebook) == [loud.id]
    assert [cell_id for cell_id, _ in wrong_outputs(notebook)] == [silent.id, loud.id, drawn.id]


def folded(source):
    cell = new_code_cell(source)
    cell.metadata.jupyter = {"source_hidden": True}
    return cell


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("with pm.Model() as model:\n    pm.Normal('mu', 0, 10)", True),
        ("x = stats.norm.logpdf(y)", True),
        ("guess = None", True),
        ("draws = pm.sample(chains=4)", False),
        ("assert x > 0\nax.plot(x)", False),
        ('quiz.reveal(guess_a, "E")', False),
    ],
)
def test_the_wrong_fold_is_caught(source, wrong):
    assert bool(wrongly_folded(notebook_of(folded(source)))) == wrong
    assert wrongly_folded(notebook_of(new_code_cell(source))) == [] or "assert" in source or "reveal" in source


def test_an_answer_that_stands_in_open_code_is_caught():
    assert wrongly_folded(notebook_of(new_code_cell('quiz.reveal(guess_a, "E")')))
    assert wrongly_folded(notebook_of(new_code_cell("quiz.reveal(guess_a, 0.31, digits=2)")))
    assert wrongly_folded(notebook_of(new_code_cell("quiz.reveal(guess_a, 100 * share, '%')"))) == []


def test_a_guess_without_a_cell_or_an_answer_is_caught():
    asked, box = new_markdown_cell("Well. **Predict first:** how many?"), new_code_cell("guess_a = None  # points")
    answer = new_code_cell("quiz.reveal(guess_a, 3)")
    assert guesses_without_an_answer(notebook_of(asked, box, answer)) == []
    assert guesses_without_an_answer(notebook_of(asked, answer))
    assert guesses_without_an_answer(notebook_of(asked))
    assert guesses_without_an_answer(notebook_of(answer, asked, box))  # answered before it was asked


def test_long_prose_is_caught_and_a_table_is_not():
    table = "| a b |\n" * LONGEST_PROSE
    notebook = notebook_of(new_markdown_cell("word " * (LONGEST_PROSE + 1)), new_markdown_cell(table + "Two words."))
    assert list(long_prose(notebook)) == [notebook.cells[0].id]


def test_minutes_are_words_and_open_lines():
    notebook = notebook_of(
        new_markdown_cell("word " * 400), new_code_cell("a = 1\n\nb = 2\nc = 3"), folded("x = 1\n" * 9)
    )
    assert notebooks.minutes(notebook) == 3
