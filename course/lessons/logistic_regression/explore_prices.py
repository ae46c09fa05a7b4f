"""Prices by city: curves slide from one for all to each its own, and money follows."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from course import plots
from course.explore import charts
from course.explore.live import Explorer, opening
from course.lessons.logistic_regression.prices_arrays import (
    ARITHMETIC,
    LEAST_LOST,
    MENU,
    MOST_LOST,
    SPREADS,
    PricesState,
    on_axis,
    prices_arrays,
    prices_words,
    takings_at,
)

MOST: Final = 80.0  # euros a visitor that the picture holds


def prices_chart() -> Any:
    """Chance against price, takings against price, money lost against spread."""
    return charts.finish(alt.hconcat(_chances(), _revenue(), _losses(), spacing=26))


def _across() -> alt.X:
    return charts.x_axis("price", "price (euros)", 18, 102)


def _looks() -> charts.Looks:
    return charts.Looks(
        no_pooling=(charts.NONE, charts.DOTTED), complete_pooling=(charts.COMPLETE, charts.DASHED),
        your_spread=(charts.PARTIAL, charts.SOLID), truth=(charts.INK, charts.DASHDOT),
    )  # fmt: skip


def _chances() -> Any:
    def up(field: str) -> alt.Y:
        return charts.y_axis(field, "chance of a purchase", 0, 1)

    looks, curve = _looks(), charts.table("curve").encode(_across())
    size = alt.Size("asked:Q", scale=alt.Scale(domain=[0, 30], range=[10, 400]), legend=None)
    seen = charts.table("seen").mark_circle(color=charts.INK, opacity=0.45).encode(_across(), up("share"), size)
    return alt.layer(
        seen,
        looks.line(charts.table("own").encode(_across()), "no pooling", up("own")),
        looks.line(curve, "complete pooling", up("complete")),
        looks.line(curve, "truth", up("truth")),
        looks.line(curve, "your spread", up("yours"), strokeWidth=2.5),
    ).properties(width=250, height=230, title="Your city (dots: shares, by users)")


def _revenue() -> Any:
    def up(field: str) -> alt.Y:
        return charts.y_axis(field, "euros a visitor", 0, MOST)

    looks, curve = _looks(), charts.table("curve").encode(_across())
    charged, best = charts.table("charged"), charts.table("best")
    return alt.layer(
        looks.line(curve, "truth", up("true_takings"), clip=True),
        looks.line(curve, "your spread", up("takings"), strokeWidth=2.5, clip=True),
        charged.mark_rule(color=charts.PARTIAL, strokeDash=charts.DASHED).encode(_across()),
        charged.mark_point(filled=True, size=80, opacity=1, color=charts.PARTIAL).encode(_across(), up("takings")),
        best.mark_point(shape="diamond", size=130, strokeWidth=2, opacity=1, color=charts.INK).encode(
            _across(), up("takings")
        ),
    ).properties(width=230, height=230, title="Takings (dashed: charged; diamond: best)")


def _losses() -> Any:
    ticks = alt.Axis(values=[0.1, 1, 10], format="~g")
    lost = alt.Axis(values=[0.1, 1, 10], format="~g")
    across = charts.x_axis("spread", "spread, times the true one (log)", *SPREADS, type="log", axis=ticks)

    def up(field: str) -> alt.Y:
        return charts.y_axis(field, "euros a visitor (log)", LEAST_LOST, MOST_LOST, type="log", axis=lost)

    path, here = charts.table("path").encode(across), charts.table("here").encode(across)
    return alt.layer(
        path.mark_line(color=charts.PARTIAL).encode(up("ten")),
        path.mark_line(color=charts.GREEN, strokeDash=charts.DASHDOT).encode(up("city")),
        here.mark_point(filled=True, size=80, opacity=1, color=charts.PARTIAL).encode(up("ten")),
        here.mark_point(shape="triangle-up", filled=True, size=80, opacity=1, color=charts.GREEN).encode(up("city")),
    ).properties(width=230, height=230, title="Lost (solid: all ten; dash-dotted: yours)")


def prices_picture(state: PricesState) -> plots.Picture:
    """The same picture for a page without a kernel."""
    found = prices_arrays(state)
    figure, (chances, takings, losses) = plots.subplots(1, 3, size=(10.5, 3.6))
    chances.scatter(found.seen[0], found.seen[1], 8 * found.seen[2], color=plots.INK, alpha=0.35, linewidth=0)
    none, complete, yours = plots.POOLINGS
    if found.none.size:
        chances.plot(MENU, found.none, none.dash, color=none.color, label="no pooling")
    chances.plot(MENU, found.complete, complete.dash, color=complete.color, label="complete pooling")
    for ax, factor in ((chances, 1.0), (takings, MENU)):
        ax.plot(MENU, factor * found.truth, "-.", color=plots.INK, linewidth=1.2, label="truth")
        ax.plot(MENU, factor * found.yours, yours.dash, color=yours.color, label="your spread")
        ax.set(xlabel="price (euros)", xlim=(18, 102))
    chances.set(ylabel="chance of a purchase", ylim=(-0.05, 1.05), title=f"city {state.city}, world {state.world}")
    chances.legend(fontsize=8)
    plots.reference_line(takings, found.price, f"charged {found.price:.0f}")
    takings.plot(found.best, takings_at(found, found.best), "D", color=plots.INK, fillstyle="none", markersize=8)
    takings.set(ylabel="euros a visitor", ylim=(0, None))
    j = found.chosen
    losses.plot(found.spreads, on_axis(found.path.mean(axis=1)), color=plots.PARTIAL, label="mean of ten cities")
    losses.plot(found.spreads, on_axis(found.path[:, j]), "-.", color=plots.SERIES[2], label=f"city {state.city}")
    losses.plot(state.spread, on_axis(found.lost.mean()), "o", color=plots.PARTIAL)
    losses.plot(state.spread, on_axis(found.lost[j]), "^", color=plots.SERIES[2])
    losses.set(xscale="log", yscale="log", ylim=(LEAST_LOST, MOST_LOST), xlabel="spread, times the true one")
    losses.set_ylabel("euros a visitor lost")
    losses.set_xticks([0.1, 1, 10])
    losses.set_yticks([0.1, 1, 10])
    losses.legend(fontsize=8)
    plots.plain_numbers(losses)
    return plots.picture(figure, alt=prices_words(found))


EXPLORER: Final = Explorer(ARITHMETIC, prices_chart, prices_picture)

prices = opening(
    EXPLORER,
    "prices",
    "Explore prices: move the spread between cities and see a city's curve, its price and the money lost.",
)
