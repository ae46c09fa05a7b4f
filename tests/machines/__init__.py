"""Do the lessons hold on other computers and with other random numbers? `course test --only machines`."""
