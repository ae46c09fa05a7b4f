"""How fast an exercise answers: every catalogued wrong answer, judged once.

    uv run python -W ignore -m benchmarks.checks

Seconds, with the limit beside them. (-W ignore: the warnings are the wrong answers' own.)
"""

import importlib
import time

import numpy as np

from course.app.speed import code_line
from course.checks import desk
from course.checks.task import task, tasks
from course.syllabus import topics

LIMITS = {"number, function, reading": 1.0, "model": 5.0}


def kind(id: str) -> str:
    return "model" if id.endswith(".model") else "number, function, reading"


def seconds(id: str, answer: object) -> float:
    begin = time.perf_counter()
    desk.judge(task(id), answer)
    return time.perf_counter() - begin


def main() -> None:
    begin = time.perf_counter()
    import pymc  # noqa: F401

    print(f"import pymc: {time.perf_counter() - begin:.1f} s, once a notebook and not counted below\n")
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in LIMITS}
    for topic in topics():
        wrong = importlib.import_module(f"tests.wrong_answers.{topic}").WRONG
        for id in tasks(topic):
            found[kind(id)] += [(seconds(id, answer.build()), id) for answer in wrong[id]]
    print("what is judged              answers   median      95%   longest   limit   slowest task")
    for name, times in found.items():
        values, (longest, slowest) = np.array([t for t, _ in times]), max(times)
        middle, high = np.quantile(values, [0.5, 0.95])
        row = f"{len(times):7d} {middle:8.3f} {high:8.3f} {longest:9.3f} {LIMITS[name]:7.1f}   {slowest}"
        print(f"{name:27} {row}")
    print(code_line("checks"))


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main()
