"""Code with its own names replaced by placeholders (DOBF, Roziere et al. 2021; CodeSage 2.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import tree_sitter

from diglot.errors import InputError
from diglot.languages.base import Language
from diglot.languages.parse import parse
from diglot.languages.scopes import scope_rules
from diglot.languages.scopes.base import Binding, Role, ScopeRules
from diglot.languages.scopes.resolve import Resolution, resolve

_LETTERS: dict[Role, str] = {"class": "c", "function": "f", "parameter": "p", "variable": "v"}
_PLACEHOLDER = re.compile(r"\b[cfpvCFPV]_\d+")
_INDENTED = re.compile(r"\n([ \t]+)(?:@|def\b|async\b|class\b)")
_LARGEST_PART = 200_000
"""Bytes beyond which code is taken for a whole file: trying what to put around it takes time."""


@dataclass(frozen=True, slots=True)
class Obfuscated:
    """Code whose own names are placeholders."""

    code: str
    names: dict[str, str]
    """Placeholder -> original name, by first appearance."""
    edits: list[tuple[int, int, str]] = field(repr=False)
    """Character span in `code` and what stood there, in order."""

    def restore(self) -> str:
        """The code as it was, to the last byte."""
        pieces: list[str] = []
        done = 0
        for start, end, original in self.edits:
            pieces += (self.code[done:start], original)
            done = end
        return "".join(pieces) + self.code[done:]


def obfuscate(code: str, language: Language) -> Obfuscated:
    """Replace the names that code declares by placeholders.

    Classes and type parameters become `c_0`, functions and methods `f_0`, parameters `p_0`, and all
    else `v_0`, each numbered by first appearance and passed over where the code has such a name
    itself; with a capital (`C_0`) where the language asks for one. `$`, `@` and `#` before a name
    stay. What `read_bindings` leaves alone stays.

    Args:
        code: a file, or a function or method cut out of one.
        language: its language.

    Raises:
        InputError: the language has no scope rules.
    """
    rules = scope_rules(language)
    if rules is None:
        raise InputError(f"identifiers of {language.name!r} cannot be told apart")
    source = code.encode("utf-8", "surrogatepass")
    resolution, shift = _resolve(code, source, language, rules)
    return _replace(source, resolution, shift)


def _resolve(
    code: str, source: bytes, language: Language, rules: ScopeRules
) -> tuple[Resolution, int]:
    """Resolve the names of code, inside of what makes it a whole file if it is none.

    Returns:
        The resolution, and the number of bytes put before the code.
    """
    best: tuple[tree_sitter.Node, bytes, int] | None = None
    wrappers = rules.wrappers if len(source) <= _LARGEST_PART else ()
    for before, after in (("", ""), *wrappers):
        if rules.opening not in source and not before:
            continue
        if "{indentation}" in before:
            indented = _INDENTED.search(code)
            if indented is None:
                continue
            before = before.format(indentation=indented[1])
        wrapped = before.encode() + source + after.encode()
        tree = parse(wrapped, language)
        if tree is None:
            break
        root = tree.root_node
        if best is None or not root.has_error:
            best = root, wrapped, len(before.encode())
        if not root.has_error:
            break
    if best is None:
        return Resolution([], {}, set()), 0
    root, wrapped, shift = best
    return resolve(root, wrapped, language, rules, is_part=shift > 0), shift


def _replace(source: bytes, resolution: Resolution, shift: int) -> Obfuscated:
    """Put the placeholders in."""
    end_of_code = shift + len(source)
    names: dict[str, str] = {}
    edits: list[tuple[int, int, str]] = []
    for binding, placeholder in _placeholders(source, resolution):
        spans = [span for span in binding.spans if shift <= span[0] and span[1] <= end_of_code]
        if not spans:
            continue
        names[placeholder] = binding.name
        for start, end in spans:
            template = resolution.expansions.get(start, "{new}")
            text = template.format(old=binding.name, new=placeholder)
            edits.append((start - shift, end - shift, text))
    edits.sort()
    pieces: list[str] = []
    undo: list[tuple[int, int, str]] = []
    done = length = 0
    for start, end, text in edits:
        between = source[done:start].decode("utf-8", "surrogatepass")
        length += len(between)
        undo.append((length, length + len(text), source[start:end].decode()))
        pieces += (between, text)
        length += len(text)
        done = end
    pieces.append(source[done:].decode("utf-8", "surrogatepass"))
    return Obfuscated("".join(pieces), names, undo)


def _placeholders(source: bytes, resolution: Resolution) -> list[tuple[Binding, str]]:
    """The placeholder of each binding."""
    taken = {name.lower() for name in _PLACEHOLDER.findall(source.decode(errors="replace"))}
    counts = dict.fromkeys(_LETTERS.values(), 0)
    found = []
    for binding in resolution.bindings:
        letter = _LETTERS[binding.role]
        while f"{letter}_{counts[letter]}" in taken:
            counts[letter] += 1
        placeholder = f"{letter}_{counts[letter]}"
        counts[letter] += 1
        if not resolution.capitals.isdisjoint(start for start, _ in binding.spans):
            placeholder = placeholder.capitalize()
        found.append((binding, placeholder))
    return found
