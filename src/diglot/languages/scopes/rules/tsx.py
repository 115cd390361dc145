"""TypeScript with JSX."""

from __future__ import annotations

from dataclasses import replace

from diglot.languages.scopes.rules.javascript import JSX
from diglot.languages.scopes.rules.typescript import RULES as TYPESCRIPT

RULES = replace(TYPESCRIPT, query=TYPESCRIPT.query + JSX)
