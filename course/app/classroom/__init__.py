"""What a teacher needs for a class: hand out, collect, grade, give back, and see where the class is stuck."""
