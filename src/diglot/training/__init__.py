"""Training: one loop for every objective, from a recipe and a corpus to a model folder."""

from __future__ import annotations
