"""Keyhouse: the front door of a scientific data server."""

__version__ = "0.1.0"
