"""Runtimes: texts in, vectors of norm 1 out."""

from __future__ import annotations

from diglot.inference.encoder import Encoder, load_encoder

__all__ = ["Encoder", "load_encoder"]
