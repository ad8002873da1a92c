"""Work directory of a run: summary, scalars and checkpoints, independent of the Runner."""
