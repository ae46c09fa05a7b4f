"""A grader killed while it writes: after each kill verdicts and gradebook are whole and hold what had returned, and
grading again brings them together.
"""

import csv
import os
import sqlite3
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from course.app.classroom import book, folder, marking
from course.app.classroom.folder import Class
from course.app.classroom.grading import parse
from course.app.classroom.roster import Student
from tests.classroom.conftest import LESSON, with_cells
from tests.killing import killed

BEGIN = datetime(2026, 11, 30)
NAMES = ("ab1", "cd2", "ef3", "gh4")
RIGHT = with_cells(answers={"shrinkage-weight-answer": "weight = 0.2"})
WRITER = """
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from course.app.classroom import book
from course.app.classroom.folder import Class
from course.app.classroom.grading import Grade, key_of, parse
from course.verdicts.findings import right, wrong
of, raw, names = Class(Path({root!r})), Path({notebook!r}).read_bytes(), {names!r}
key = key_of(raw, {lesson!r})
def write(kill, n, seed):
    finding = right("Yes.") if (kill + n) // 4 % 2 else wrong("No.")
    grade = Grade({lesson!r}, key, {{"shrinkage.weight": finding}}, {{"shrinkage.weight": f"{{kill}} {{n}}"}})
    name = names[(kill + n) % 4]
    of.write(of.verdict(name, {lesson!r}), grade.text())
    when = datetime(2026, 11, 30, tzinfo=UTC) + timedelta(seconds=101 * kill + n)  # each write has its own
    book.record(of, [(name, grade, f"{{when:%Y-%m-%d %H:%M:%S}} UTC")])

SCORES = (
    "select s.student_id, s.timestamp, sum(g.auto_score) from submitted_assignment s "
    "join submitted_notebook n on n.assignment_id = s.id join grade g on g.notebook_id = n.id group by s.id"
)
last = {{}}
def look(kill, returned):
    last.update((names[(kill + n) % 4], (kill, n)) for n in returned)
    held = {{}}
    for path in of.root.glob("verdicts/*/*.json"):
        verdict = parse(path.read_text(encoding="utf-8"))
        assert verdict is not None, f"kill {{kill}} tore {{path.name}}"
        held[path.stem] = tuple(map(int, verdict.answers["shrinkage.weight"].split()))
    with closing(sqlite3.connect(of.root / "gradebook.db")) as file:
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)], f"kill {{kill}} broke the gradebook"
        scores = {{student: (when, score) for student, when, score in file.execute(SCORES)}}
    for name, write in last.items():
        assert held[name] >= write, f"after kill {{kill}} the verdict of {{name}} is that before {{write}}"
        when, score = scores[name]
        late = (datetime.fromisoformat(when) - datetime(2026, 11, 30)).total_seconds()
        dated = divmod(int(late), 101)
        assert dated >= write, f"after kill {{kill}} the gradebook holds of {{name}} what was before {{write}}"
        # nbgrader writes the date before the score: a kill between leaves the old one until grading goes on.
        assert dated > write or score == sum(write) // 4 % 2, f"after kill {{kill}} the score of {{name}} is another"
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a writer")
@pytest.mark.parametrize("kills", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_kills_of_who_writes_grades_lose_none(tmp_path: Path, kills: int) -> None:
    of = folder.make(tmp_path / "spring", tuple(map(Student, NAMES)))
    folder.release(of, LESSON, "2026-12-01 23:59")
    for name in NAMES:
        target = of.submitted(name, LESSON)
        target.parent.mkdir(parents=True)
        target.write_bytes(RIGHT)
        target.with_name("timestamp.txt").write_text("2026-11-30 12:00:00 UTC")
    setup = WRITER.format(root=str(of.root), notebook=str(target), names=NAMES, lesson=LESSON)
    said = killed(setup, seeds=(1,), kills=kills, patience=0.3)
    last: dict[str, tuple[int, int]] = defaultdict(lambda: (-1, -1))
    for _, kill, n in said:
        name = NAMES[(kill + n) % 4]
        last[name] = max(last[name], (kill, n))
    assert len({kill for _, kill, _ in said}) > kills / 10  # else the kills met nobody at work
    with sqlite3.connect(of.root / "gradebook.db") as file:
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)]

    for name, (score, when) in entries(of).items():  # before anything is graded again
        kill, n = divmod(int((when - BEGIN).total_seconds()), 101)
        assert (kill, n) >= last[name]
        assert NAMES[(kill + n) % 4] == name
        # nbgrader writes the date before the score: a kill between leaves the old one until grading goes on.
        assert score == (kill + n) // 4 % 2 or (kill, n) > last[name]

    assert marking.mark(of, [LESSON], workers=1).kept == len(NAMES)  # nothing is graded again
    for name in NAMES:
        kept = parse(of.verdict(name, LESSON).read_text(encoding="utf-8"))
        assert kept is not None
        kill, n = map(int, kept.answers["shrinkage.weight"].split())
        assert (kill, n) >= last[name]
        assert entries(of)[name][0] == kept.score


def entries(of: Class) -> dict[str, tuple[float, datetime]]:
    """Score of each student in the gradebook, and when it says that the work was handed in."""
    path = of.root / "grades.csv"
    book.export(of, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["student_id"]: (float(row["score"]), datetime.fromisoformat(row["timestamp"])) for row in rows}
