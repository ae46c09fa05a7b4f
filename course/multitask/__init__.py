"""Multi-task learning: many tasks with few rows each, and what they share.

`tasks` draws worlds and adds rows up, `linear` has the heads (one, separate, pulled to their mean, on a shared trunk),
`evidence` learns how hard to pull, `covariance` in which directions, `posterior` says what is not known, `decide` what
to do about it, `gp` does it with functions. `network` is the same in PyTorch, which only that module loads, and only
when asked.
"""

from course.multitask.covariance import LearnedCovariance, learn_covariance
from course.multitask.decide import best_order, expected_cost
from course.multitask.evidence import Learned, learn, log_evidence, log_joint, map_estimate, path
from course.multitask.gp import Functions, linear, mean_and_own, multitask_gp, smooth
from course.multitask.linear import SharedHeads, Trunk, hard_shared, one_head, project, separate, to_mean
from course.multitask.posterior import PluggedIn, TaskPosterior, TaskPriors, plug_in, task_posterior
from course.multitask.tasks import (
    CurvedRows,
    TaskRows,
    TaskSums,
    draw_curves,
    draw_tasks,
    excess_error,
    one_world,
    stack,
    task_sums,
)

__all__ = [
    "CurvedRows",
    "Functions",
    "Learned",
    "LearnedCovariance",
    "PluggedIn",
    "SharedHeads",
    "TaskPosterior",
    "TaskPriors",
    "TaskRows",
    "TaskSums",
    "Trunk",
    "best_order",
    "draw_curves",
    "draw_tasks",
    "excess_error",
    "expected_cost",
    "hard_shared",
    "learn",
    "learn_covariance",
    "linear",
    "log_evidence",
    "log_joint",
    "map_estimate",
    "mean_and_own",
    "multitask_gp",
    "one_head",
    "one_world",
    "path",
    "plug_in",
    "project",
    "separate",
    "smooth",
    "stack",
    "task_posterior",
    "task_sums",
    "to_mean",
]
