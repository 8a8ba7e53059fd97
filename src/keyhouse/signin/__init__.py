"""Sign-in: one file a method. The sign-in library is used here and nowhere else."""
