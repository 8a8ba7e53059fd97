"""Duo as a second factor: `method` is where to begin."""
