"""The tasks of each lesson: what is right, which mistakes are usual, and three hints."""
