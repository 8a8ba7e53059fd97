"""Markdown on pages; it is rendered where the client API can reach it as well."""

from keyhouse.web.markdown import render_markdown

__all__ = ["render_markdown"]
