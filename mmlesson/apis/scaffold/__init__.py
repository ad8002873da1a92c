"""New modules and projects of the user, from templates."""
