"""The package for Anki, opened by Anki itself."""

import re

import pytest
from typer.testing import CliRunner

from course.app.cli import app
from course.drills import anki, bank, decks
from course.errors import CourseError
from tests.drilling import DECK, deck

collection = pytest.importorskip(
    "anki.collection", reason="Anki's library is not installed: uv sync --inexact --group dev"
)


def imported(path, into):
    """Import a package; return Anki's log of it."""
    request = collection.ImportAnkiPackageRequest(
        package_path=str(path), options=collection.ImportAnkiPackageOptions(update_notes=1)
    )
    return into.import_anki_package(request).log


@pytest.fixture
def mine(tmp_path):
    opened = collection.Collection(str(tmp_path / "collection.anki2"))
    yield opened
    opened.close()


def test_anki_takes_every_card_of_the_course(tmp_path, mine):
    log = imported(anki.write(bank.bank(), tmp_path / "out.apkg"), mine)
    assert len(log.new) == len(bank.bank())
    assert mine.card_count() == len(bank.bank())
    assert not [*log.conflicting, *log.missing_notetype, *log.missing_deck, *log.empty_first_field, *log.duplicate]
    problems, ok = mine.fix_integrity()
    assert ok, problems
    names = [deck.name for deck in mine.decks.all_names_and_ids()]
    assert "Borrowing Strength::04 shrinkage" in names
    for number in mine.find_cards(""):
        card = mine.get_card(number)
        for side in (card.question(), card.answer()):
            body = re.sub(r"<style>.*?</style>", "", side, flags=re.S)
            assert "<<" not in body
            assert not re.search(r"(?<!\\)\$", re.sub(r"<code.*?</code>", "", body, flags=re.S))
            assert side.count(r"\(") == side.count(r"\)")
        assert len(card.answer()) > len(card.question()) + 20


def test_a_second_import_updates_and_keeps_ankis_schedule(tmp_path, mine):
    imported(anki.write(deck(), tmp_path / "first.apkg"), mine)
    card = mine.get_card(mine.find_cards("tag:say")[0])
    card.due, card.ivl, card.type, card.queue = 400, 30, 2, 2
    mine.update_card(card)
    changed = decks.parse(DECK.replace("a neck and a mouth", "a neck and a broad mouth"), "x.toml")
    log = imported(anki.write(changed, tmp_path / "second.apkg"), mine)
    assert not log.new
    again = mine.get_card(mine.find_cards("tag:say")[0])
    assert (again.id, again.ivl) == (card.id, 30)
    assert mine.card_count() == len(deck())


def test_the_same_deck_has_the_same_ids_and_texts_each_time():
    first, second = ([anki._note(card, anki._model()) for card in deck().values()] for _ in range(2))
    assert [(note.guid, note.fields) for note in first] == [(note.guid, note.fields) for note in second]
    assert anki._number("a") != anki._number("b")
    assert all(1 << 30 <= anki._number(str(n)) < 1 << 31 for n in range(100))


def test_a_name_that_anki_would_not_take_and_a_place_that_is_none(tmp_path):
    with pytest.raises(CourseError, match=r"end in .apkg, and this is 'out.txt'"):
        anki.write(deck(), tmp_path / "out.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot write to"):
        anki.write(deck(), tmp_path / "file" / "out.apkg")


def test_the_command_writes_it(tmp_path):
    result = CliRunner().invoke(app, ["drill", "export", "--anki", str(tmp_path / "o.apkg"), "--lesson", "04"])
    assert result.exit_code == 0
    assert re.search(r"^\d+ cards in ", result.output)
    assert (tmp_path / "o.apkg").is_file()
    refused = CliRunner().invoke(app, ["drill", "--lesson", "04", "export", "--anki", str(tmp_path / "p.apkg")])
    assert refused.exit_code == 2
