"""One judge for every number and choice that a learner hands in."""
