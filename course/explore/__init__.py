"""Live pictures: controls that move an exact result fast enough to think with.

Each explorer is one file with one pattern, see `course.explore.live`. This is the only place that loads Altair.
"""

from course.explore.eight_schools import SchoolsState, schools

__all__ = ["SchoolsState", "schools"]
