"""Drills on a page: the same cards, verdicts and schedule without what is compiled, and reviews that go both ways."""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from course.app.cli import app
from course.drills import bank, history, page, reviews, schedule, shipped
from course.drills.history import Grade, Review, missing, understood
from course.errors import CourseError
from course.records.lines import header, line
from tests.drilling import MONDAY

pytest.importorskip("latex2mathml", reason="an authors' tool: uv sync --extra site")
from course.app.site import asked, drilled, engine, pyodide

EVERY = {**bank.bank(), **bank.questions()}


@pytest.fixture
def record(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "record"))


class Tab:
    """What `drills.js` does with the answers of the worker."""

    def __init__(self, lines=()):
        self.lines = list(lines)
        self.face = json.loads(page.begin("\n".join(self.lines)))

    def step(self, name, *given):
        self.face = json.loads(page.step(name, json.dumps(given)))
        self.lines += self.face.get("lines", [])
        return self.face

    def drill(self, cards, rng):
        self.step("go_on")
        for _ in range(cards):
            if self.face["kind"] == "own":
                points = self.step("show")["points"]
                self.step("made", list(range(rng.randint(0, len(points))))) if points else self.step("grade", "hard")
            else:
                self.step("answer", "")
                self.step("next")


def journal_of(lines):
    return header(history.KIND) + "".join(f"{one}\n" for one in lines).encode()


def test_the_deck_is_the_same_after_the_way_to_a_page():
    assert shipped.read(shipped.written(EVERY)) == EVERY


def test_stand_ins_ask_and_say_what_the_packages_do(tmp_path):
    place = tmp_path / shipped.FILE
    place.write_text(shipped.written(EVERY), encoding="utf-8")
    program = f"import json, sys\n{drilled.WORK}\nprint(json.dumps(said))"
    command = [sys.executable, "-c", program, "", str(drilled.STANDINS), str(place), "4"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert len(said) == 4 * len(EVERY)
    for name, (put, *judged) in said.items():
        id, seed = name.split()
        own = page.question(id, int(seed))
        assert put == own
        assert judged == [page.judge(id, typed, int(seed)) for typed in ("0.5", "b", json.loads(own)["key"])]


NODE = """
import fs from "fs";
const [dir, picks] = process.argv.slice(2);
const { loadPyodide } = await import(dir + "/pyodide.mjs");
const python = await loadPyodide({ indexURL: dir + "/", packages: ["scipy"] });
const place = python.runPython("import site; site.getsitepackages()[0]");
for (const name of ["course.zip", "drills.zip"])
  python.unpackArchive(new Uint8Array(fs.readFileSync(`${dir}/${name}`)), "zip", { extractDir: place });
const page = python.pyimport("course.drills.page");
const said = JSON.parse(fs.readFileSync(picks, "utf-8")).map(([id, typed, seed]) =>
  [page.question(id, seed), page.judge(id, typed, seed)]);
fs.writeFileSync(picks, JSON.stringify(said));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
def test_pyodide_asks_and_says_what_this_python_does(tmp_path):
    if (files := pyodide.found(None)) is None:
        pytest.skip("Pyodide could not be fetched")
    engine.write(files, tmp_path / "python")
    (tmp_path / "python" / "drills.zip").write_bytes(drilled.archive())
    rng = random.Random()
    cards = rng.sample(sorted(EVERY), 100)
    picks = [(id, rng.choice(["0.5", "12%", "a", "c", "1/3"]), rng.randrange(2**31)) for id in cards]
    (tmp_path / "picks.json").write_text(json.dumps(picks))
    (tmp_path / "run.mjs").write_text(NODE)
    command = ["node", tmp_path / "run.mjs", tmp_path / "python", tmp_path / "picks.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-300:]
    said = json.loads((tmp_path / "picks.json").read_text())
    for pick, (put, judged) in zip(picks, said, strict=True):
        id, typed, seed = pick
        assert [put, judged] == [page.question(id, seed), page.judge(id, typed, seed)], pick


class Controls(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("input", "button"):
            self.found.append(dict(attributes).get("type"))


@pytest.mark.parametrize("id", bank.questions())
def test_a_lessons_question_has_native_controls_and_survives_markdown(id):
    form = asked.form(id, live=True)
    options = getattr(bank.questions()[id], "options", ())
    assert Controls(form).found == ["radio"] * len(options) or Controls(form).found == ["text", "submit"]
    assert "\n\n" not in form
    assert "$" not in form.replace("\\$", "")
    assert "<details>" in asked.form(id, live=False)


def test_a_sitting_writes_what_the_journal_has_and_the_schedule_is_the_same(record):
    tab = Tab()
    tab.drill(8, random.Random(1))
    for text in tab.lines:
        reviews.journal().append(json.loads(text))
    assert len(reviews.read()) == 8
    assert {one.place for one in reviews.read()} == {"browser"}
    again = Tab(tab.lines)
    assert schedule.remember(reviews.read()) == page._table.sitting.memory
    assert again.face["head"].startswith("0 due, ")


def test_a_right_answer_can_be_graded_again_and_a_grade_taken_back():
    tab = Tab()
    tab.step("go_on")
    while tab.face["kind"] == "own":
        tab.step("skip")
    key = page._table.question.key
    assert tab.step("answer", "nonsense!")["step"] == "not yet"
    assert tab.lines == []
    assert tab.step("answer", key)["step"] == "right"
    tab.step("grade", "easy")
    assert [one.grade for one in understood(map(json.loads, tab.lines))] == [Grade.EASY]
    tab.step("undo")
    assert understood(map(json.loads, tab.lines)) == ()
    assert len(tab.lines) == 4  # good, easy, good undone, easy undone: nothing is ever removed


def test_a_card_that_another_tab_graded_counts_here():
    first = Tab()
    first.drill(3, random.Random(2))
    second = Tab()
    second.step("heard", "\n".join(first.lines))
    assert second.lines == []
    assert second.step("go_on")["head"].startswith("0 due, 7 new")


# Two journals.

DATES = st.integers(0, 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
REVIEWS = st.builds(
    Review, st.sampled_from(["a-b", "c-d"]), DATES, st.sampled_from(Grade), id=st.text("abcdef", min_size=4)
)
EVENTS = st.lists(
    st.one_of(
        REVIEWS.map(history.event_of),
        REVIEWS.map(history.undo_of),
        st.builds(lambda one: {k: v for k, v in history.event_of(one).items() if k != "id"}, REVIEWS),
        st.just({"later": "version"}),
    ),
    max_size=12,
)


@given(EVENTS, EVENTS, EVENTS)
def test_merging_loses_nothing_and_doubles_nothing(common, here, there):
    here, there = (*common, *here), (*common, *there)
    here_too, there_too = (*here, *missing(here, there)), (*there, *missing(there, here))
    assert missing(here_too, there_too) == missing(there_too, here_too) == ()
    assert missing(here_too, there) == missing(here_too, here) == ()
    for event in (*here, *there):
        assert event in here_too
        assert event in there_too
    wanted = {one.id or (one.card, one.when, one.grade) for one in (*understood(here), *understood(there))}
    undone = {event["undo"] for event in (*here, *there) if "undo" in event}
    assert {one.id or (one.card, one.when, one.grade) for one in understood(here_too)} == wanted - undone


@given(st.lists(REVIEWS, max_size=8, unique_by=lambda one: one.id), st.data())
def test_two_journals_that_took_each_other_in_have_one_schedule(every, data):
    names = st.lists(st.sampled_from([one.id for one in every] or [""]), max_size=3).map(tuple)
    events = [history.event_of(replace(one, after=data.draw(names))) for one in every]  # true or not
    where = data.draw(st.lists(st.sampled_from("hbt"), min_size=len(events), max_size=len(events)))
    here = [event for event, side in zip(events, where, strict=True) if side in "hb"]
    there = [event for event, side in zip(events, where, strict=True) if side in "tb"]
    here_too, there_too = (*here, *missing(here, there)), (*there, *missing(there, here))
    if here and there and missing(here, there) and missing(there, here):
        assert understood(here_too) == understood(there_too)


def test_reviews_go_from_a_page_to_the_command_and_back(record, tmp_path):
    run = CliRunner()
    tab = Tab()
    tab.drill(5, random.Random(3))
    file = tmp_path / "reviews.jsonl"
    file.write_text(tab.step("give")["text"], encoding="utf-8")
    first = run.invoke(app, ["drill", "import", str(file)])
    assert "5 of the 5 reviews in reviews.jsonl are new" in first.output
    assert "0 of the 5" in run.invoke(app, ["drill", "import", str(file)]).output
    reviews.note(Review("funnel-recall", MONDAY, Grade.GOOD))
    out = tmp_path / "back.jsonl"
    assert run.invoke(app, ["drill", "export", "--reviews", str(out)]).exit_code == 0
    back = tab.step("take", out.read_text(encoding="utf-8"), out.name)
    assert "1 of the 6 reviews in back.jsonl are new" in back["news"]
    assert understood(map(json.loads, tab.lines)) == reviews.read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no file of reviews"),
        (b"PNG\n\n\0", "is no file of reviews"),
        (b'{"format":"borrowing-strength journal","kind":"progress","version":1}\n', "is no file of reviews"),
        (b'{"format":"borrowing-strength journal","kind":"reviews","version":2}\n', "newer version"),
    ],
)
def test_a_file_of_another_kind_or_version_is_a_sentence_and_changes_nothing(content, said, record, tmp_path):
    file = tmp_path / "given.jsonl"
    file.write_bytes(content)
    with pytest.raises(CourseError, match=said):
        reviews.take(file)
    assert reviews.read() == ()
    tab = Tab()
    assert said in tab.step("take", content.decode(), file.name)["error"]
    with pytest.raises(CourseError) if content else pytest.MonkeyPatch.context():
        reviews.give(file)
    assert not content or file.read_bytes() == content


def test_a_file_that_lost_its_last_end_and_a_line_is_read_as_far_as_it_can_be(record, tmp_path):
    events = [history.event_of(history.named(Review("a-b", MONDAY + timedelta(days=n), Grade.GOOD))) for n in range(3)]
    torn = header(history.KIND) + line(events[0]) + b"{torn\n" + line(events[1]) + line(events[2]).rstrip()
    file = tmp_path / "given.jsonl"
    file.write_bytes(torn)
    said, aside = reviews.take(file)
    assert "3 of the 3 reviews" in said
    assert "1 of its lines could not be read" in said
    assert aside is None
    assert len(reviews.read()) == 3
