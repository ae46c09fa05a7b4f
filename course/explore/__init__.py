"""Live pictures: controls that move an exact result fast enough to think with.

Each explorer is one file with one pattern, see `course.explore.live`. This is the only place that loads Altair.
"""

from course.explore.charging import prices, prices_picture
from course.explore.city_sizes import PoolingState, pooling, pooling_picture
from course.explore.coordinates import funnel, funnel_picture
from course.explore.county_lines import LinesState, lines, lines_picture
from course.explore.eight_schools import SchoolsState, schools, schools_picture
from course.explore.many_cities import CitiesState, cities, cities_picture
from course.explore.pooled_curves import PricesState
from course.explore.pulled_heads import sharing, sharing_picture
from course.explore.race import RaceState, bandit_race, bandit_race_picture
from course.explore.shop_worlds import SharingState
from course.explore.six_situations import WhenState
from course.explore.stein import SteinState, james_stein, stein_picture
from course.explore.two_forms import FunnelState
from course.explore.weights import ShrinkageState, shrinkage, shrinkage_picture
from course.explore.when_it_helps import when, when_picture

__all__ = [
    "CitiesState",
    "FunnelState",
    "LinesState",
    "PoolingState",
    "PricesState",
    "RaceState",
    "SchoolsState",
    "SharingState",
    "ShrinkageState",
    "SteinState",
    "WhenState",
    "bandit_race",
    "bandit_race_picture",
    "cities",
    "cities_picture",
    "funnel",
    "funnel_picture",
    "james_stein",
    "lines",
    "lines_picture",
    "pooling",
    "pooling_picture",
    "prices",
    "prices_picture",
    "schools",
    "schools_picture",
    "sharing",
    "sharing_picture",
    "shrinkage",
    "shrinkage_picture",
    "stein_picture",
    "when",
    "when_picture",
]
