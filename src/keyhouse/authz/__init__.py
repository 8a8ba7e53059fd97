"""Folders, the roles assigned in them, and what a principal may see. Deny by default."""
