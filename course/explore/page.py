"""What runs in the page: it draws the picture and moves it, gives sliders their names, and speaks.

anywidget allows a module two seconds to load. Where the computer is slow or busy it takes longer, and from then on
anywidget throws away whatever Python sends to that model: the picture would appear and never move. So nothing that
changes or is large is kept there. It is kept in plain models of ipywidgets, which have no such limit, and the module
asks the page for them: `Scene` is what one explorer shows, `Library` is Vega, sent once for all explorers of a kernel.
"""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import altair as alt
import anywidget
import ipywidgets as widgets
import traitlets
import vl_convert
from platformdirs import user_cache_path

from course.records.files import write_atomically

_HERE: Final = Path(__file__).parent
_VEGA: Final = f"vega-{alt.SCHEMA_VERSION}-{version('vl-convert-python')}"
# Shown by the style sheet after two seconds, since the module that would say so may be what is late.
_FRAME: Final = """\
<div class="course-picture"></div>
<p class="course-late" role="status"><span>The picture is still on its way and will appear here by itself.
What you set meanwhile will be in it.</span></p>"""

Rows = list[dict[str, Any]]


def frame() -> widgets.HTML:
    """Make the place of the picture, which says so when the picture is late."""
    return widgets.HTML(_FRAME)


class Scene(widgets.Widget):  # type: ignore[misc]
    """What one explorer shows now. Each table is a trait of its own, so that only those that changed are sent.

    Parameters
    ----------
    spec : dict
        The chart in Vega-Lite; refers to its tables by name.
    tables : dict of list
        Their first contents.
    summary, picture : str
        As in `show`.
    """

    spec = traitlets.Dict().tag(sync=True)
    tables: traitlets.List[str] = traitlets.List().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)

    def __init__(self, spec: dict[str, Any], tables: dict[str, Rows], *, summary: str, picture: str) -> None:
        self.add_traits(**{f"table_{name}": traitlets.List().tag(sync=True) for name in tables})
        contents = {f"table_{name}": found for name, found in tables.items()}
        super().__init__(spec=spec, tables=list(tables), summary=summary, picture=picture, **contents)

    def show(self, tables: dict[str, Rows], *, summary: str, picture: str) -> None:
        """Replace the contents, in one message.

        Parameters
        ----------
        tables : dict of list
            Rows by the name of their table.
        summary : str
            What the controls have brought about, in one sentence.
        picture : str
            What the chart shows now, for readers who do not see it.
        """
        with self.hold_sync():
            for name, found in tables.items():
                self.set_trait(f"table_{name}", found)
            self.summary, self.picture = summary, picture


class Library(widgets.Widget):  # type: ignore[misc]
    """Vega as one JavaScript module. It asks no CDN for anything."""

    name = traitlets.Unicode().tag(sync=True)
    source = traitlets.Unicode().tag(sync=True)

    _shared: Library | None = None

    @classmethod
    def shared(cls) -> Library:
        """Return the one of this kernel; made again when somebody has closed it, as `Widget.close_all` does."""
        if cls._shared is None or cls._shared.comm is None:
            cls._shared = cls(name=_VEGA, source=library())
        return cls._shared


def library() -> str:
    """Return Vega as `vega` does, kept in the user's cache; for a user without a home it is made each time."""
    try:
        kept = user_cache_path("borrowing-strength") / f"{_VEGA}.js"
    except (RuntimeError, KeyError):
        return vega(None)
    return vega(kept)


def vega(kept: Path | None) -> str:
    """Return vega-embed, with Vega and Vega-Lite of Altair's version, as the text of a module.

    Parameters
    ----------
    kept : Path or None
        Where it is kept, if anywhere: to put it together takes three seconds, and every kernel needs it.
    """
    with suppress(OSError, UnicodeError):
        if kept is not None:
            return kept.read_text(encoding="utf-8")
    lite = "_".join(alt.SCHEMA_VERSION.split(".")[:2])
    made: str = vl_convert.javascript_bundle("export { vegaEmbed };", vl_version=lite)
    with suppress(OSError):  # where nothing can be written it is made each time
        if kept is not None:
            write_atomically(kept, made.encode())
    return made


class Page(anywidget.AnyWidget):  # type: ignore[misc]
    """One line of summary under the controls, in a live region that stays while its text changes.

    It also draws the picture in the frame above, with its alternative text, and gives the sliders the names that
    ipywidgets leaves out: one widget that looks around itself, with a small module, for all that needs the page.

    Parameters
    ----------
    scene : Scene
        What is shown.
    """

    _esm = (_HERE / "page.js").read_text(encoding="utf-8")
    _css = (_HERE / "page.css").read_text(encoding="utf-8")

    scene_id = traitlets.Unicode().tag(sync=True)
    library_id = traitlets.Unicode().tag(sync=True)

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        super().__init__(scene_id=scene.model_id, library_id=Library.shared().model_id)
