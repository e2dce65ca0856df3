"""Who can learn the chords, for how long, and against what odds ("Does it take memory?")."""
