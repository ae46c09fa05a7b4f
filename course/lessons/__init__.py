"""A room for each lesson: its tasks, cards, questions, explorers and what they compute."""
