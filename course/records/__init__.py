"""What a learner has done, kept in files that survive kills, two writers and damage."""
