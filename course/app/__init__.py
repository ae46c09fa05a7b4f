"""The `course` command and what it does: everything that a learner types in a terminal."""
