"""The teacher's page in the notes: each part where it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from course.app.slides import prose

if TYPE_CHECKING:
    from course.app.slides.deck import Column
    from course.app.slides.guide import Guide, Row

UNPLANNED: Final = "<p><strong>Not in the plan:</strong> for a class that is early, or for reading.</p>"


def row(planned: Row | None) -> str:
    """Return how long a heading takes, and what to do there.

    Parameters
    ----------
    planned : Row, optional
        None where the plan does not name it.
    """
    if planned is None:
        return UNPLANNED
    times = ", ".join(
        f"{_minutes(given)} in {whole}" if given else f"in {whole} left to reading"
        for given, whole in ((planned.fifty, 50), (planned.ninety, 90))
    )
    return f"<p><strong>{times[0].upper()}{times[1:]}.</strong> {prose.inline(planned.what)}</p>"


def _minutes(given: int) -> str:
    return f"{given} minute" + "s" * (given != 1)


def parts(columns: list[Column], guide: Guide) -> None:
    """Put the parts of the page into the notes: what names a heading there, and the rest where its part belongs.

    Parameters
    ----------
    columns : list of Column
        Of the lesson.
    guide : Guide
        Its page.
    """
    second, played = columns[min(1, len(columns) - 1)], next(filter(_plays, columns), columns[-1])
    usual = {"Before": columns[0], "They will say": second, "On the board": second, "Let them play": played}
    for name in guide.parts:
        for heading, text in guide.placed(name):
            column = usual.get(name, columns[-1])
            if heading:
                column = next(column for column in columns if column.title.startswith(heading))
            slides = [slide for slide in column.slides if name == "Let them play" and _is_explorer(slide.body)]
            said = f"<h3>{name}</h3>" + "".join(map(prose.as_html, prose.blocks(text)))
            notes = [slide.notes for slide in [*slides, *column.slides]]
            (notes[0] if notes else column.unsaid).append(said)


def _plays(column: Column) -> bool:
    return any(_is_explorer(slide.body) for slide in column.slides)


def _is_explorer(body: list[str]) -> bool:
    return any("data-explorer" in text for text in body)
