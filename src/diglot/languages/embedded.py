"""Scripts in markup: components, pages and templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath

from diglot.languages.extract import extract_units
from diglot.languages.registry import language_named
from diglot.languages.windows import windows
from diglot.types import Unit

_KINDS: dict[str, tuple[str, ...]] = {
    "vue": (".vue",),
    "svelte": (".svelte",),
    "astro": (".astro",),
    "html": (".html", ".htm", ".xhtml", ".shtml"),
    "template": (
        *(".erb", ".ejs", ".hbs", ".handlebars", ".mustache", ".jinja", ".jinja2", ".j2"),
        *(".twig", ".liquid", ".njk", ".tmpl", ".gotmpl", ".gohtml", ".cshtml", ".razor"),
        *(".vbhtml", ".jsp", ".jspx", ".aspx", ".ascx", ".ftl", ".heex", ".eex", ".leex"),
        *(".pug", ".jade", ".haml", ".slim", ".mako", ".marko", ".latte", ".tpl"),
    ),
}
_TABLE = {suffix: kind for kind, suffixes in _KINDS.items() for suffix in suffixes}

_LANGUAGES = {
    **dict.fromkeys(("", "js", "javascript", "module", "jsx", "babel", "ecmascript"), "javascript"),
    **dict.fromkeys(("x-javascript",), "javascript"),
    **dict.fromkeys(("ts", "typescript"), "typescript"),
    "tsx": "tsx",
    **dict.fromkeys(("py", "python", "pyscript"), "python"),
}
"""Languages by what a script's `lang` or, without `text/` and the like, its `type` says."""
_TYPESCRIPT_KINDS = frozenset({"astro"})
"""Kinds whose scripts are TypeScript where they do not say."""
_OPENING = re.compile(r"<!--|<script(?=[\s/>])", re.IGNORECASE)
_CLOSING = re.compile(r"</script(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"""(?:[^>"']|"[^"]*"|'[^']*')*+>""")
_LANGUAGE = re.compile(
    r"""(?<![\w:-])(lang|type)\s*=\s*(?:"\s*([^"]*?)\s*"|'\s*([^']*?)\s*'|([^\s"'>]+))""",
    re.IGNORECASE,
)
_MOST_ATTRIBUTES = 600
"""Characters of a tag; a longer one is garbage."""
_MOST_SCRIPTS = 500
"""Scripts of one file that grammars read; those that follow are cut into windows."""
_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{|\{%|<%|\$\{|<\?(?!xml)|\s(?:v-|x-|ng-|hx-|on[a-z]+=|@click)")
"""Signs that markup is filled in or does something."""


def markup_kind(name: str) -> str | None:
    """Find the kind of markup that a file's name tells; None for what is none."""
    return _TABLE.get(PurePosixPath(name).suffix.lower())


def markup_kinds() -> tuple[str, ...]:
    """Names of all kinds of markup, in order."""
    return tuple(_KINDS)


def is_mere_markup(text: str, kind: str) -> bool:
    """Whether a page is a document: it holds no script, and nothing fills it in."""
    if kind != "html" or _PLACEHOLDER.search(text):
        return False
    return not any(text[start:end].strip() for _, start, end in _scripts(text, kind))


def extract_embedded(text: str, kind: str) -> list[Unit]:
    r"""Cut a file of markup into units.

    Args:
        text: the whole file, lines parted by `\n`.
        kind: what `markup_kind` found for its name.

    Returns:
        The units of its scripts, and windows of all else, by first line.
    """
    units: list[Unit] = []
    rest: list[str] = []
    position, line = 0, 1
    for language, start, end in islice(_scripts(text, kind), _MOST_SCRIPTS):
        rest.append(text[position:start])
        line += text.count("\n", position, start)
        script = text[start:end]
        for unit in extract_units(script, language_named(language)):
            first, last = unit.start_line + line - 1, unit.end_line + line - 1
            units.append(replace(unit, start_line=first, end_line=last))
        newlines = script.count("\n")
        rest.append("\n" * newlines)
        position, line = end, line + newlines
    rest.append(text[position:])
    units += windows("".join(rest))
    return sorted(units, key=lambda unit: (unit.start_line, -unit.end_line))


def _scripts(text: str, kind: str) -> Iterator[tuple[str, int, int]]:
    """Language, start and end of each script that a grammar can read, in order."""
    position = 0
    default = "typescript" if kind in _TYPESCRIPT_KINDS else "javascript"
    if kind == "astro" and (matter := _FRONT_MATTER.match(text)):
        yield (default, *matter.span(1))
        position = matter.end()
    while opening := _OPENING.search(text, position):
        if opening[0] == "<!--":
            position = text.find("-->", opening.end())
            if position < 0:
                return
            continue
        limit = opening.end() + _MOST_ATTRIBUTES
        attributes = _ATTRIBUTES.match(text, opening.end(), limit)
        if attributes is None:
            position = opening.end()
            continue
        closing = _CLOSING.search(text, attributes.end())
        end = closing.start() if closing else len(text)
        language = _language(attributes[0], default)
        if language and not attributes[0].endswith("/>"):
            yield language, attributes.end(), end
            position = end
        else:
            position = attributes.end() if attributes[0].endswith("/>") else end


def _language(attributes: str, default: str) -> str | None:
    """Language that the attributes of a script name; None for data and unknown ones."""
    named = {
        match[1].lower(): (match[2] or match[3] or match[4] or "").lower()
        for match in _LANGUAGE.finditer(attributes)
    }
    name = named.get("lang") or named.get("type") or ""
    language = _LANGUAGES.get(name.rpartition("/")[2])
    return default if language and not name else language
