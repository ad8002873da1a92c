"""Work-arounds for faults of other OpenMMLab toolboxes; `mmlesson.compat` installs them."""
