"""Sign-in: one room a method, and here what all methods share. The sign-in library is used in this package alone."""
