"""One run's folder, read and written: summary, scalars, checkpoints. Knows no Runner."""
