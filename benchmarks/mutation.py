"""Would the tests of the concept modules notice a mistake? One is made by machine, and they are run: mutation testing.

A mutant is one change in one place of a module: an operator becomes its neighbour, a comparison takes in its edge or
loses it, a condition is turned round, a number grows or shrinks by 1, a loop does not run. It is killed if a test of
the module fails or its file cannot be imported, or if the tests take several times as long as without it. What survives
is looked at: either nothing promised could tell it from the module, in the authors' judgement
(``mutation_survivors.txt`` says why), or a test was missing.

Mutants are made by cosmic-ray (mutmut 3 leaves out decorated functions and classes, and constants of a module: half of
what is here). Left out are texts of messages, annotations, decorators, and replacements that end in a TypeError at
once and would flatter the score. Each runs in a process of its own that has the mutant in memory: no file is changed.
Numba is off, so that compiled functions are as plain as the others. Mutants are tried in an order that depends on
nothing but themselves, so that the first so many are a random sample of all.

Run it from the top folder: ``uv run --group dev --with cosmic-ray python -m benchmarks.mutation [--only MODULE]
[--tried N] [--seconds S] [--again]``. It keeps a line for every mutant beside this file and goes on where it was;
``--again`` tries once more what survived, and ``--table`` writes mutation.txt from what is kept, without cosmic-ray.
"""

import argparse
import ast
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import multiprocessing
import os
import resource
import sys
import time
import zlib
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
TABLE, KEPT = Path(__file__).with_suffix(".txt"), Path(__file__).with_suffix(".jsonl")
SURVIVORS = Path(__file__).with_name("mutation_survivors.txt")
TRIED = 60  # of each module, if nothing else is said
PATIENCE, START = 4.0, 20.0  # times the tests' own time, and seconds more, until a mutant is killed for its slowness
MEMORY = 6 * 2**30
EQUIVALENT, ALL, FRESH, LAST = "equivalent", "all", "fresh", "last round"
ROUND = 4  # one more whenever tests were written for survivors: what is tried after that flatters nobody

# The tests that are meant for each module, or for some of its files; in a file those that take no time come first.
_NORMAL = ("test_exact_density.py", "test_exact_priors.py", "test_exact_normal.py")
_LINES = ("test_regression_lines.py", "test_regression_predict.py")
_CHOICES = ("test_regression_choices.py", "test_regression_chosen.py", "test_regression_exact_choices.py")
# Of the fits by Laplace those of few rows, since without machine code the others take minutes.
_PLAIN = ("test_scale_few.py", "test_scale_compiled.py::test_the_exponential_is_exact_to_the_last_digits")
_PUBLISHED = tuple(
    f"test_scale_models.py::test_{name}"
    for name in (
        "counts_with_trials_are_lme4s",
        "counts_are_lme4s",
        "normal_rows_are_lme4s_by_reml_and_by_maximum_likelihood",
        "beside_rows_with_trials_a_row_of_0_or_1_is_one_trial",
        "quadrature_is_taken_if_nobody_asked_and_it_is_not_too_long",
    )
)
TESTS: dict[str, tuple[str, ...]] = {
    "shrinkage": ("test_shrinkage.py", "test_reml.py"),
    "pooling": ("test_pooling.py",),
    "marginal": ("test_pooling.py", "test_shrinkage.py"),
    "exact": _NORMAL,
    "exact/beta_binomial": ("test_exact_beta_binomial.py",),
    "exact/count_grid": ("test_exact_beta_binomial.py",),
    "exact/rates": ("test_exact_beta_binomial.py",),
    "bandits": ("test_bandits.py",),
    "regression": (*_LINES, *_CHOICES),
    "multitask": ("test_multitask.py",),
    "scale": (*_PLAIN, "test_scale_marginals.py", "test_scale_normal.py", *_PUBLISHED),
}
MODULES = tuple(name for name in TESTS if "/" not in name)
# What takes too long for every mutant: a model that PyMC compiles, 120 fits, a million points, 100,000 groups.
NOT_RUN = (
    "test_the_multitask_process_is_that_of_pymc",
    "test_standard_errors_of_rates_match_the_spread_of_repeated_fits",
    "test_rats_agree_with_a_sum_over_a_million_points_of_alpha_and_beta",
    "test_a_ridge_that_reaches_far_is_followed_to_its_end",
    "test_100_000_groups_recover_the_population_and_fit_in_memory",
)
_CHOSEN = " and ".join(f"not {name}" for name in NOT_RUN)
# What is not arithmetic: PyTorch's network has an environment of its own, and processes of others are not mutated.
LEFT_OUT = ("multitask/network.py", "scale/compiled.py", "scale/distributed.py", "scale/partitions.py")

# Loaded once, before a process is made for each mutant.
LOADED = (
    *("numpy", "scipy.optimize", "scipy.stats", "scipy.integrate", "scipy.special", "scipy.linalg", "pandas"),
    *("mpmath", "hypothesis", "pytest", "nbformat.v4", "numba", "platformdirs", "msgspec", "threadpoolctl"),
    *("statsmodels.api", "statsmodels.regression.mixed_linear_model", "arviz", "pymc"),
)

_NEIGHBOURS = {
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul", "FloorDiv_Div", "Mod_Mul", "BitAnd_BitOr", "BitOr_BitAnd"),
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("USub_UAdd", "Delete_Not", "Delete_Invert"),
}
_OTHERS = {
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "NumberReplacer", "ZeroIterationForLoop"),
}


def _short(operator: str) -> str:
    """Name of one of cosmic-ray's operators without what all have in common."""
    return operator.split("/")[-1].rsplit("Operator_", 1)[-1]


class Mutant(NamedTuple):
    """One change: where, by which of cosmic-ray's operators, and the line as it was."""

    module: str
    file: str
    line: int
    column: int
    operator: str
    which: int
    occurrence: int
    was: str

    @property
    def key(self) -> str:
        """What it is called in files: where and by what."""
        return f"{self.file}:{self.line}:{self.column} {_short(self.operator)} {self.which}"


# What could be changed.


def sources(module: str) -> list[Path]:
    """Return the files of a module that hold arithmetic."""
    place = ROOT / "course" / module
    files = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    inside = (path for path in files if path.name != "__init__.py")
    return [path for path in inside if path.relative_to(ROOT / "course").as_posix() not in LEFT_OUT]


def mutants(module: str) -> list[Mutant]:
    """Return every mutant of a module, in the order in which they are tried."""
    found = [one for path in sources(module) for one in _mutants(module, path)]
    return sorted(found, key=lambda one: zlib.crc32(f"{one.key} {one.was}".encode()))


def _mutants(module: str, path: Path) -> Iterator[Mutant]:
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.plugins import get_operator, operator_names

    text = path.read_text(encoding="utf-8")
    lines, aside = text.splitlines(), _aside(ast.parse(text))
    nodes, file = list(ast_nodes(get_ast_from_path(path))), path.relative_to(ROOT / "course").as_posix()
    for name in operator_names():
        if _short(name) not in _NEIGHBOURS | _OTHERS:
            continue
        operator = get_operator(name)()
        places = ((node, start, i) for node in nodes for i, (start, _) in enumerate(operator.mutation_positions(node)))
        for occurrence, (node, start, which) in enumerate(places):
            if any(first <= start < last for first, last in aside) or _is_nothing(node):
                continue
            yield Mutant(module, file, start[0], start[1], name, which, occurrence, lines[start[0] - 1].strip())


def _is_nothing(node: Any) -> bool:
    """A number that is the same when 1 is added to it, or the star of a signature, which is no product."""
    if node.type == "number":
        value = ast.literal_eval(node.value)
        return bool(value + 1 == value)
    return bool(node.type == "operator" and node.parent.type in ("parameters", "lambdef"))


def changed(mutant: Mutant) -> tuple[str, str]:
    """Return a mutant's text, and what became of its line; no text where the change is not Python."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    text = (ROOT / "course" / mutant.file).read_text(encoding="utf-8")
    other = mutate_code(text, get_operator(mutant.operator)(), mutant.occurrence)
    try:
        ast.parse(other)
    except SyntaxError:  # a turned condition can end up where none may stand
        return "", ""
    return other, other.splitlines()[mutant.line - 1].strip()


def _aside(tree: ast.AST) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where nothing is changed: annotations, decorators, and texts with values in them."""
    parts: list[ast.AST | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr | ast.TypeAlias):
            parts.append(node)
        if isinstance(node, ast.FunctionDef):
            parts += [node.returns, *node.decorator_list]
        if isinstance(node, ast.ClassDef):
            parts += node.decorator_list
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts.append(node.annotation)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and _is_type(node.value):
            parts.append(node.value)
    spans = (part for part in parts if part is not None)
    return [((p.lineno, p.col_offset), (p.end_lineno, p.end_col_offset)) for p in spans]  # type: ignore[attr-defined]


def _is_type(node: ast.Subscript) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("Callable", "NDArray", "Literal")


# What becomes of a change.


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a file with another text than is in it."""

    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self.text = text

    def get_code(self, fullname: str) -> Any:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, file: str, text: str) -> None:
        self.name = "course." + file.removesuffix(".py").replace("/", ".")
        self.path, self.text = str(ROOT / "course" / file), text

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(fullname, self.path, self.text))


class _Watch:
    """A plugin of pytest: hypothesis need not make an example small, quick tests run first, and the rest is told."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.known, self.seconds, self.failed = seconds, dict[str, float](), ""

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        settings.register_profile("mutation", deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=lambda item: self.known.get(item.nodeid, 0.0) > 0.3)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = f"{report.nodeid} is not imported"


def _play(finder: _Finder | None, tests: tuple[str, ...], seconds: dict[str, float], tell: Connection) -> None:
    """Run the tests in this process, which is thrown away, and tell how it went."""
    import pytest

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if finder:
        sys.meta_path.insert(0, finder)
    watch = _Watch(seconds)
    loaded = "ignore::pytest.PytestAssertRewriteWarning"  # hypothesis is loaded already, on purpose
    arguments = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-W",
        loaded,
        "-k",
        _CHOSEN,
        *(f"tests/{name}" for name in tests),
    ]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = int(pytest.main(arguments, plugins=[watch]))
    tell.send((code, watch.failed, watch.seconds))


class Fate(NamedTuple):
    """Killed by a test's name or by its slowness, or survived (neither); seconds it took, and seconds of each test."""

    by: str
    took: float
    each: dict[str, float]


def fate(finder: _Finder | None, tests: tuple[str, ...], seconds: dict[str, float], limit: float) -> Fate:
    """Run tests in a process of their own."""
    began, context = time.monotonic(), multiprocessing.get_context("fork")
    hear, tell = context.Pipe(duplex=False)
    process = context.Process(target=_play, args=(finder, tests, seconds, tell))
    process.start()
    tell.close()
    try:
        if not hear.poll(limit):
            return Fate(f"slow: more than {limit:.0f} s", time.monotonic() - began, {})
        code, failed, each = hear.recv()
    except EOFError:  # ended by itself: out of memory, or a crash
        return Fate("crash", time.monotonic() - began, {})
    finally:
        process.kill()
        process.join()
    return Fate((failed or f"pytest ended with {code}") if code else "", time.monotonic() - began, each)


def tests_of(mutant: Mutant) -> tuple[str, ...]:
    """Return the tests that are meant for a mutant's file, or else for its module."""
    return TESTS.get(mutant.file.removesuffix(".py"), TESTS[mutant.module])


def baseline(tests: tuple[str, ...]) -> Fate:
    """Run tests without a mutant; an error if one fails."""
    found = fate(None, tests, {}, 3600.0)
    if found.by:
        raise SystemExit(f"the tests must pass without a mutant, but it was {found.by}")
    print(f"{', '.join(tests)}: {len(found.each)} tests, {found.took:.1f} s", flush=True)
    return found


# What is kept.


def kept(path: Path = KEPT) -> list[dict[str, Any]]:
    """All whole lines, in the order in which they were written."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        with contextlib.suppress(ValueError):  # torn by a kill
            found.append(json.loads(line))
    return found


def keep(mutant: Mutant, now: str, all_of_module: int, found: Fate, path: Path = KEPT) -> None:
    """Write a mutant's fate down at once."""
    line = {
        "module": mutant.module, "key": mutant.key, "was": mutant.was, "now": now, "of": all_of_module, "by": found.by,
        "seconds": round(found.took, 1), "round": ROUND,
    }  # fmt: skip
    torn = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(("\n" if torn else "") + json.dumps(line, separators=(",", ":")) + "\n")


def explained(path: Path = SURVIVORS) -> dict[str, tuple[str, str]]:
    """Verdict and reason for every survivor that was looked at, by its key."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    parts = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return {key: (verdict, reason) for key, verdict, reason in parts}


def run(module: str, tried: int, seconds: float, again: bool) -> None:
    """Try the mutants that have no fate yet, or once more those that survived, for about so many seconds at most."""
    stop, every = time.monotonic() + seconds, mutants(module)
    last, looked = {(one["key"], one["was"]): one["by"] for one in kept()}, explained()
    if again:
        todo = [m for m in every if last.get((m.key, m.was)) == "" and looked.get(m.key, ("",))[0] != EQUIVALENT]
    else:
        todo = [m for m in every[:tried] if (m.key, m.was) not in last]
    print(f"{module}: {len(every)} mutants, {len(todo)} to try", flush=True)
    known: dict[tuple[str, ...], Fate] = {}
    for mutant in todo:
        if time.monotonic() > stop:
            return
        text, now = changed(mutant)
        if not text:
            continue
        tests = tests_of(mutant)
        plain = known.setdefault(tests, known.get(tests) or baseline(tests))
        found = fate(_Finder(mutant.file, text), tests, plain.each, PATIENCE * plain.took + START)
        keep(mutant, now, len(every), found)
        said = found.by or f"SURVIVED\n        {mutant.was}\n        {now}"
        print(f"{found.took:6.1f}  {mutant.key}  {said}", flush=True)


class Score(NamedTuple):
    """Of one module or all: mutants, those tried, killed at first, equivalent, killed by a test since, alive."""

    module: str
    all: int
    tried: int
    killed: int
    equivalent: int
    mended: int
    alive: int

    def shares(self) -> Iterator[str]:
        """Percent killed at first of those not equivalent, and of those tried; exact 95% intervals for one module."""
        from scipy.stats import binomtest

        for n in (self.tried - self.equivalent, self.tried):
            share = f"{100 * self.killed / n:.1f}%"
            if self.module in (ALL, FRESH, LAST):
                yield share
            else:
                ends = binomtest(self.killed, n).proportion_ci(0.95, method="exact")
                yield f"{share} ({100 * ends.low:.1f} to {100 * ends.high:.1f})"


def scores(lines: list[dict[str, Any]], looked: dict[str, tuple[str, str]]) -> list[Score]:
    """Add up the fates, of each module, then of all, of those tried first after the first round, and in the last."""
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        first.setdefault((line["module"], line["key"]), line.get("round", 1))
    newest = {name: max((rounds for (of, _), rounds in first.items() if of == name), default=1) for name in MODULES}
    found = _by_module(lines, looked)
    for name, since in ((ALL, {}), (FRESH, dict.fromkeys(MODULES, 2)), (LAST, {m: max(newest[m], 3) for m in MODULES})):
        some = [one for one in lines if first[one["module"], one["key"]] >= since.get(one["module"], 1)]
        later = _by_module(some, looked)
        found += [_sum(name, later)] if later else []
    return found


def _by_module(lines: list[dict[str, Any]], looked: dict[str, tuple[str, str]]) -> list[Score]:
    found = (_score(name, [line for line in lines if line["module"] == name], looked) for name in MODULES)
    return [one for one in found if one]


def _score(module: str, lines: list[dict[str, Any]], looked: dict[str, tuple[str, str]]) -> Score | None:
    fates: dict[str, list[str]] = {}
    for one in lines:
        fates.setdefault(one["key"], []).append(one["by"])
    if not fates:
        return None
    killed = sum(bool(by[0]) for by in fates.values())
    equivalent = sum(looked.get(key, ("",))[0] == EQUIVALENT for key, by in fates.items() if not by[-1])
    mended = sum(bool(by[-1]) for by in fates.values() if not by[0])
    alive = len(fates) - killed - equivalent - mended
    return Score(module, lines[-1]["of"], len(fates), killed, equivalent, mended, alive)


def _sum(name: str, rows: list[Score]) -> Score:
    return Score(name, *(sum(column) for column in zip(*(one[1:] for one in rows), strict=True)))


def table(found: list[Score]) -> str:
    """What is kept in mutation.txt."""
    head = f"{'module':12}{'mutants':>8}{'tried':>8}{'killed':>8}{'equivalent':>12}{'mended':>8}{'alive':>7}"
    text = [f"{head}{'of those not equivalent':>25}{'of those tried':>23}"]
    for one in found:
        row = f"{one.module:12}{one.all:8}{one.tried:8}{one.killed:8}{one.equivalent:12}{one.mended:8}{one.alive:7}"
        first, second = one.shares()
        text.append(f"{row}{first:>25}{second:>23}")
    return "\n".join([*text, "", *_WORDS]) + "\n"


_WORDS = (
    "Killed: by the tests as they were when the mutant was made. Equivalent: in the authors' judgement nothing that is",
    "promised could tell it from the module; why is in mutation_survivors.txt. Mended: killed by a test written for it",
    "since. Shares: killed of those not equivalent, and of those tried; in brackets exact 95% intervals for all",
    "mutants of the module, of which a random sample was tried (Clopper and Pearson); the last three rows have none,",
    "as larger modules were sampled more thinly. Fresh: tried first when tests had been written for the survivors",
    "before. Last round: those of them that were tried when the survivors of the others had their tests, too.",
)


def main() -> None:
    """Run, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=MODULES, default=MODULES)
    parser.add_argument("--tried", type=int, default=TRIED, help="mutants of each module, at most")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each module, at most")
    parser.add_argument("--again", action="store_true", help="once more what survived and is not equivalent")
    parser.add_argument("--table", action="store_true", help="only write the table of what has been run")
    given = parser.parse_args()
    if not given.table:
        # Set before anything is loaded: one thread, the same examples in every run, and no machine code.
        os.environ |= {"CI": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_DISABLE_JIT": "1"}
        os.chdir(ROOT)
        for name in LOADED:
            importlib.import_module(name)
        for module in given.only:
            run(module, given.tried, given.seconds, given.again)
    TABLE.write_text(table(scores(kept(), explained())), encoding="utf-8")


if __name__ == "__main__":
    main()
