"""One module per language, each with a `LANGUAGE`; a file put here is found without a list."""

from __future__ import annotations
