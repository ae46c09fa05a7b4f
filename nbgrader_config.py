"""What nbgrader must know to make and grade the same exercises as `course build`."""

c = get_config()  # noqa: F821
# nbgrader's own stub raises an error, which stops "Run All" at the first task that is not done yet.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
