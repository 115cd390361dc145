"""Programs that measure diglot side by side with its peers; see README.md."""

from __future__ import annotations
