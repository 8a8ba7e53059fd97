"""Attached databases: which database is read in which folder, under which schema name."""
