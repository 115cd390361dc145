"""How each language binds names: one file a language, found by name."""

from __future__ import annotations
