"""Model folders: what a model's name or path means, and what the folder says of itself."""

from __future__ import annotations

from diglot.models.folder import ModelFolder
from diglot.models.resolve import list_models, resolve_model

__all__ = ["ModelFolder", "list_models", "resolve_model"]
