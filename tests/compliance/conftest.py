"""The fixtures of this folder."""

from tests.compliance.trial import browser, study

__all__ = ["browser", "study"]
