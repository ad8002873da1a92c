"""Early stopping rules, independent of the Runner."""
