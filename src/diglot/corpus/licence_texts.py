"""Which licences a text states, told by phrases that a licence has and others lack.

Comparing whole texts by edit distance misses files that state two licences, add a heading or
leave out an appendix, and takes one forbidding sentence more for a small edit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LICENCE_FILE = re.compile(
    r"(?:[\w-]+[-_])?(?:un)?(?:licen[cs]es?|copying|copyright)(?:[-_. ][\w.+-]*)?", re.I
)
_OTHER_FILE = re.compile(
    r"\.(py|pyi|js|mjs|cjs|ts|tsx|go|rb|java|kt|scala|c|h|cc|cpp|hpp|cs|php|rs|swift|sh|lua|hs|ex"
    r"|exs|zig|json|ya?ml|toml|xml|svg|png|tmpl|tpl|in|header|spdx)$",
    re.I,
)

_PHRASES: dict[str, str] = {
    "MIT": r"to deal in the software without restriction\b.*\bthis permission notice",
    "MIT-0": r"to deal in the software without restriction(?!.*this permission notice)",
    "JSON": r"shall be used for good not evil",
    "X11": r"except as contained in this notice the name",
    "NCSA": r"to deal with the software without restriction",
    "BSL-1.0": r"to any person or organization obtaining a copy of the software and accompanying",
    "ISC": r"(distribute|sell) this software for any purpose with or without fee is hereby "
    r"granted provided",
    "0BSD": r"distribute this software for any purpose with or without fee is hereby granted the",
    "PostgreSQL": r"for any purpose without fee and without a written agreement is hereby granted",
    "HPND": r"this software and its documentation for any purpose (and |is hereby granted )"
    r"without fee",
    "BSD-4-Clause": r"advertising materials mentioning features or use of this software must",
    "BSD-3-Clause": r"redistribution and use in source and binary forms\b.*\bredistributions? in "
    r"binary form\b.*\bto endorse or promote products",
    "BSD-2-Clause": r"redistribution and use in source and binary forms\b.*\bredistributions? in "
    r"binary form",
    "BSD-1-Clause": r"redistribution and use in source and binary forms\b",
    "Apache-2.0": r"apache license version 2 0\b.*(terms and conditions for use reproduction|"
    r"unless required by applicable law)",
    "PSF-2.0": r"python software foundation license version 2",
    "Zlib": r"altered source versions must be plainly marked as such",
    "Unlicense": r"free and unencumbered software released into the public domain",
    "CC0-1.0": r"cc0 1 0 universal|creative commons zero",
    "BlueOak-1.0.0": r"blue oak model license",
    "UPL-1.0": r"universal permissive license",
    "WTFPL": r"do what the fuck you want to public license",
    "Ruby": r"make and give away verbatim copies of the source form of the software",
    "Artistic-2.0": r"the artistic license 2 0",
    "Artistic-1.0": r"the artistic license preamble",
    "MS-PL": r"microsoft public license",
    "OFL-1.1": r"sil open font license",
    "CC-BY-4.0": r"(?<!commons )attribution 4 0 international",
    "CC-BY-SA-4.0": r"attribution sharealike 4 0 international",
    "MPL-1.1": r"mozilla public license version 1 1",
    "MPL-2.0": r"mozilla public license (version|v) 2 0",
    "EPL-1.0": r"eclipse public license v(ersion)? 1 0",
    "EPL-2.0": r"eclipse public license v(ersion)? 2 0",
    "CDDL-1.0": r"common development and distribution license",
    "EUPL-1.2": r"european union public licence v 1 2",
    "AGPL-3.0-only": r"gnu affero general public license version 3 19 november 2007",
    "GPL-1.0-only": r"gnu general public license version 1 february 1989",
    "GPL-2.0-only": r"gnu general public license version 2 june 1991",
    "GPL-3.0-only": r"gnu general public license version 3 29 june 2007",
    "LGPL-2.0-only": r"gnu library general public license version 2 june 1991",
    "LGPL-2.1-only": r"gnu lesser general public license version 2 1 february 1999",
    "LGPL-3.0-only": r"gnu lesser general public license version 3 29 june 2007",
    "GFDL-1.1-or-later": r"gnu free documentation license",
    "BUSL-1.1": r"business source license 1 1",
    "SSPL-1.0": r"server side public license",
    "Elastic-2.0": r"elastic license 2 0",
    "LicenseRef-Commons-Clause": r"commons clause",
    "LicenseRef-non-commercial": r"(?<! and )(?<! or )\bnon ?commercial (use|purposes?|basis)",
}
"""Regular expression, over words in lower case, by what it tells. Order: the narrower first."""

_NARROWER: dict[str, tuple[str, ...]] = {
    "MIT": ("JSON", "X11"),
    "MIT-0": ("MIT",),
    "BSD-3-Clause": ("BSD-4-Clause",),
    "BSD-2-Clause": ("BSD-3-Clause", "BSD-4-Clause"),
    "BSD-1-Clause": ("BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"),
}
"""A licence whose phrases are also part of others is told only where none of those is."""

_GNU_NOTICE = re.compile(
    r"under the terms of the gnu (?P<kind>(?:lesser |library |affero )?)general public license"
    r"(?: as published by| version| v[123]| either)"
)
_GNU = {"": "GPL", "lesser ": "LGPL", "library ": "LGPL", "affero ": "AGPL"}
_COMPILED = {licence: re.compile(phrase) for licence, phrase in _PHRASES.items()}
_MAX_CHARACTERS = 200_000


def is_licence_file(path: str) -> bool:
    """Say whether a path is that of a repository's own licence text: at the top or `LICENSES/`."""
    folder, _, name = path.rpartition("/")
    if folder.upper() in ("LICENSES", "LICENCES"):
        return not _OTHER_FILE.search(name)
    return not folder and bool(_LICENCE_FILE.fullmatch(name)) and not _OTHER_FILE.search(name)


def detect_licence(files: Mapping[str, bytes]) -> str:
    """Licences that a repository's licence files state.

    Args:
        files: content by path; files that are no licence files are passed over.

    Returns:
        SPDX expression in which everything that is stated holds together (`AND`), since texts do
        not tell whether one may choose; "" if no licence is recognised.
    """
    found: set[str] = set()
    for path, data in files.items():
        if is_licence_file(path):
            found |= licences_in(data.decode("utf-8", "replace"))
    return " AND ".join(sorted(found))


def licences_in(text: str) -> set[str]:
    """SPDX identifiers of the licences that a text states; GNU notices without the text too."""
    words = " ".join(re.findall(r"[a-z0-9]+", text[:_MAX_CHARACTERS].lower()))
    found = {licence for licence, phrase in _COMPILED.items() if phrase.search(words)}
    found -= {licence for licence, narrower in _NARROWER.items() if not found.isdisjoint(narrower)}
    families = {licence.partition("-")[0] for licence in found}
    for notice in _GNU_NOTICE.finditer(words):
        family = _GNU[notice["kind"]]
        # The texts themselves show how to write a notice.
        if family not in families:
            found.add("LGPL-2.0-or-later" if family == "LGPL" else f"{family}-1.0-or-later")
    return found
