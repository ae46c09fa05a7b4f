"""A picture follows the page's ink, says in words what it shows, and shares no id with another picture."""

import itertools
import re

import numpy as np
import pytest

from course import plots


def make_figure():
    figure, ax = plots.subplots()
    ax.plot([0, 1], [0, 1], label="line")
    ax.set_title("a title")
    ax.legend()
    return figure


def html(figure, **options):
    return plots.picture(figure, alt="a line", **options)._repr_html_()


def test_alternative_text_reaches_the_page_and_is_escaped():
    page = plots.picture(make_figure(), alt='a "line" & <more>')._repr_html_()
    assert 'role="img" aria-label="a &quot;line&quot; &amp; &lt;more&gt;"' in page


@pytest.mark.parametrize("alt", ["  ", "", None])
def test_a_picture_without_alternative_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt must say what the figure shows, got an empty text"):
        plots.picture(make_figure(), alt=alt)


def test_axes_are_not_a_figure_and_are_told_so():
    with pytest.raises(ValueError, match="figure must be a Matplotlib figure, got Axes"):
        plots.picture(make_figure().axes[0], alt="x")


def test_black_becomes_the_ink_of_the_page_and_no_ground_is_painted():
    page = html(make_figure())
    assert "currentColor" in page
    assert "#000000" not in page
    assert "#ffffff" not in page.lower()


def test_ids_of_two_pictures_on_one_page_do_not_meet():
    first, second = (set(re.findall(r'\bid="([^"]+)"', html(make_figure()))) for _ in range(2))
    assert first
    assert first.isdisjoint(second)


def test_every_reference_inside_a_picture_is_to_an_id_that_it_has():
    page = html(make_figure())
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', page)) <= ids


def test_every_attribute_of_a_picture_is_sound():
    page = html(make_figure())
    assert "<svg" in page
    assert 'aria-hidden="true"' in page
    assert "\\" not in page[page.index("<svg") : page.index(">", page.index("<svg"))]


def test_a_picture_shrinks_with_a_narrow_page():
    page = html(make_figure())
    assert "max-width" in page
    assert not re.search(r'<svg[^>]*\bwidth="[\d.]+pt"', page)


def test_caption_is_shown_only_when_there_is_one():
    assert "figcaption" not in html(make_figure())
    assert "<figcaption>one line</figcaption>" in html(make_figure(), caption="one line")


def test_subplots_leave_pyplot_and_the_readers_own_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plots.subplots()
    assert dict(matplotlib.rcParams) == before


def test_slopes_draw_one_row_a_group_first_on_top():
    _, ax = plots.subplots()
    plots.slopes(ax, [1.0, 5.0], [2.0, 4.0], ["first", "second"], mu=3.0)
    own, pooled = ax.lines[0], ax.lines[1]
    np.testing.assert_array_equal(own.get_xdata(), [1, 5])
    np.testing.assert_array_equal(pooled.get_xdata(), [2, 4])
    assert own.get_ydata()[0] > own.get_ydata()[1]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["first", "second"]


def test_lines_of_the_triptych_that_end_together_share_a_name():
    _, axes = plots.subplots(1, 3)
    mean = np.array([[1.0, 1.0, 1.0], [1.0, 1.001, 9.0]])
    plots.triptych(axes, [0.0, 1.0], [1.0, 0.5], mean, mean, ["A", "B", "C"])
    assert [t.get_text() for t in axes[1].texts] == ["A B", "C"]


def test_the_three_poolings_differ_in_colour_marker_and_line():
    for attribute in ("color", "marker", "dash"):
        assert len({getattr(look, attribute) for look in plots.POOLINGS}) == 3


# Machado, Oliveira and Fernandes (2009), severity 1, for linear light.
SEEN = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def lab_as_seen(color, matrix):
    """CIELAB (D65) of a colour through a matrix of linear light."""
    parts = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(np.array(matrix) @ linear, 0, 1) / to_xyz.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", SEEN)
def test_the_three_poolings_stay_apart_for_who_sees_two_colours(kind):
    # Looked at: blue and rose, 23 apart, can be told apart in protanopia; green and rose, 18 apart in
    # deuteranopia, are two greys. Those two, and all in print without colour, are told apart by dash and marker alone.
    seen = [lab_as_seen(look.color, SEEN[kind]) for look in plots.POOLINGS]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 20


def test_palette_keeps_three_to_one_contrast_on_light_and_dark_pages():
    def luminance(color):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for color in (plots.NONE, plots.PARTIAL, plots.SERIES[2]):
        for page in ("#ffffff", "#111111"):
            light, dark = sorted((luminance(color), luminance(page)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) > 3


def test_the_three_ways_to_share_are_drawn_with_their_springs_and_no_numbers():
    _, axes = plots.subplots(1, 3)
    plots.sharing(axes)
    words = [sorted(text.get_text() for text in ax.texts if text.get_text()) for ax in axes]
    heads = ["head A", "head B", "head C"]
    assert words[0] == ["features of the day", *heads, "trunk: one for all"]
    assert words[1] == ["features of the day", *heads, "mean head"]
    assert words[2] == ["0", "0", "0", "features of the day", *heads]
    ends = [{tuple(np.round(line.get_xydata()[-1], 2)) for line in ax.lines} for ax in axes]
    assert [len(found) for found in ends] == [0, 1, 3]  # no spring; all to one place; each to a place of its own
