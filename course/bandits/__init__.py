"""Bandits: many arms, little data per arm, and policies that decide which to pull.

Everything is vectorised over replications: one step of a thousand platforms costs a few array operations. `arms` makes
the worlds, `policies` and `hierarchical` are pure steps over named state, `race` runs them, `bounds` and `offline`
judge.
"""

from course.bandits.arms import Arms, ArrivingArms, DrawnArms, FixedArms, World
from course.bandits.bounds import lai_robbins
from course.bandits.hierarchical import (
    Believed,
    EmpiricalBayesThompson,
    HierarchicalThompson,
    PopulationGrid,
    population_grid,
)
from course.bandits.offline import Value, inverse_propensity
from course.bandits.policies import FLAT, KLUCB, UCB1, Choice, EpsilonGreedy, Policy, Tally, Thompson, View
from course.bandits.race import Race, simulate

__all__ = [
    "FLAT",
    "KLUCB",
    "UCB1",
    "Arms",
    "ArrivingArms",
    "Believed",
    "Choice",
    "DrawnArms",
    "EmpiricalBayesThompson",
    "EpsilonGreedy",
    "FixedArms",
    "HierarchicalThompson",
    "Policy",
    "PopulationGrid",
    "Race",
    "Tally",
    "Thompson",
    "Value",
    "View",
    "World",
    "inverse_propensity",
    "lai_robbins",
    "population_grid",
    "simulate",
]
