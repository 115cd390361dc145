"""An index of a source tree, and search in it."""

from __future__ import annotations

from diglot.index.answer import Answer
from diglot.index.index import Index

__all__ = ["Answer", "Index"]
