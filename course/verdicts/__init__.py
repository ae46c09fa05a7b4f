"""One judge of numbers and choices: quiz, drills and exercises say the same of the same answer."""
