"""How Sphinx is set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

_SHARE: Final = Path(__file__).parent / "share"
SETTINGS: Final[dict[str, Any]] = {
    "project": "Borrowing Strength",
    "html_title": "Borrowing Strength",
    "language": "en",
    "extensions": ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "course.app.site.extension"],
    "napoleon_use_ivar": True,
    "autodoc_typehints": "none",
    "autodoc_member_order": "bysource",
    "autodoc_inherit_docstrings": False,
    "default_role": "code",
    "html_theme": "pydata_sphinx_theme",
    "html_math_renderer": "mathml",
    "html_static_path": [str(_SHARE)],
    # Pages that stand alone: the column beside them would have a heading and nothing under it.
    "html_sidebars": {
        page: [] for page in ("drills", "genindex", "hosting", "install", "playground", "py-modindex", "search")
    },
    "html_favicon": str(_SHARE / "favicon.svg"),
    "html_css_files": ["site.css"],
    "html_js_files": [("site.js", {"type": "module"})],
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_copyright": False,
    "html_show_sphinx": False,
    "html_context": {"default_mode": "auto"},
    "html_theme_options": {
        "navbar_align": "left",
        "back_to_top_button": False,  # which would cover what is read on a phone
        "navigation_with_keys": False,
        "secondary_sidebar_items": ["page-toc"],
        "footer_end": [],
        "footer_start": [],
        "show_toc_level": 1,
    },
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "nb_code_prompt_show": "Show the code",
    "nb_code_prompt_hide": "Hide the code",
    "suppress_warnings": ["myst.header", "mystnb.unknown_mime_type", "ref.python"],
}
