"""Multi-task learning: many tasks with few rows each, and what they share.

`tasks` draws worlds and adds rows up, `linear` has the heads (one, separate, pulled to their mean, on a shared trunk),
`evidence` learns how hard to pull, `posterior` says what is not known, `gp` does it with functions. `network` is the
same in PyTorch, which only that module loads, and only when asked.
"""

from course.multitask.evidence import Learned, learn, log_evidence, log_joint, map_estimate, path
from course.multitask.gp import Functions, linear, mean_and_own, multitask_gp, smooth
from course.multitask.linear import SharedHeads, Trunk, hard_shared, one_head, project, separate, to_mean
from course.multitask.posterior import TaskPosterior, TaskPriors, task_posterior
from course.multitask.tasks import TaskRows, TaskSums, draw_tasks, excess_error, stack, task_sums

__all__ = [
    "Functions",
    "Learned",
    "SharedHeads",
    "TaskPosterior",
    "TaskPriors",
    "TaskRows",
    "TaskSums",
    "Trunk",
    "draw_tasks",
    "excess_error",
    "hard_shared",
    "learn",
    "linear",
    "log_evidence",
    "log_joint",
    "map_estimate",
    "mean_and_own",
    "multitask_gp",
    "one_head",
    "path",
    "project",
    "separate",
    "smooth",
    "stack",
    "task_posterior",
    "task_sums",
    "to_mean",
]
