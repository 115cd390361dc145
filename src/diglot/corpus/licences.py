"""Licences: reading what packages declare, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from diglot.corpus.licence_texts import detect_licence, is_licence_file, licences_in

__all__ = [
    "PERMISSIVE",
    "detect_licence",
    "is_allowed",
    "is_licence_file",
    "licence_named",
    "normalise_licence",
]

PERMISSIVE = frozenset(
    {
        *("0BSD", "AFL-3.0", "Apache-1.1", "Apache-2.0", "Artistic-2.0", "BlueOak-1.0.0"),
        *("BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Clear", "BSD-4-Clause"),
        *("BSD-2-Clause-Patent", "BSD-Source-Code", "BSL-1.0", "bzip2-1.0.6", "CC0-1.0"),
        *("CNRI-Python", "curl", "ECL-2.0", "Fair", "HPND", "ICU", "ISC", "Libpng"),
        *("LicenseRef-Public-Domain", "MIT", "MIT-0", "MIT-CMU", "MulanPSL-2.0", "NCSA", "NTP"),
        *("PHP-3.01", "PostgreSQL", "PSF-2.0", "Python-2.0", "Ruby", "TCL", "Unicode-3.0"),
        *("Unlicense", "UPL-1.0", "W3C", "WTFPL", "X11", "Zlib", "ZPL-2.0", "ZPL-2.1"),
    }
)
"""Licences that ask for no more than a notice, by their SPDX identifiers."""

_ALIASES: dict[str, str] = {
    "MIT": "expat mitx11 x11mit themit mitx mitstyle mitlike expatmit",
    "Apache-2.0": "apache apache2 asl2 asl20 apl2 apl20 apachesoftware apachesoftware2 al2 "
    "apachesoftware20 apache20only apache2only",
    # A bare "BSD" is one of two; this is the one that asks for more.
    "BSD-3-Clause": "bsd newbsd bsd3 bsd3clauses modifiedbsd revisedbsd threeclausebsd 3clausebsd "
    "bsdnew bsdstyle bsdlike 3bsd bsdclause3",
    "BSD-2-Clause": "simplifiedbsd freebsd bsd2 bsd2clauses twoclausebsd 2clausebsd 2bsd "
    "bsdsimplified bsd2clausefreebsd bsd2clausenetbsd",
    "BSD-4-Clause": "bsd4 originalbsd oldbsd",
    "ISC": "iscl internetsystemsconsortium",
    "PSF-2.0": "psf psf2 psfl pythonsoftwarefoundation",
    "Python-2.0": "python python2",
    "LicenseRef-Public-Domain": "publicdomain pd public",
    "Unlicense": "un",  # without the word "license"
    "Zlib": "zliblibpng libpngzlib",
    "BSL-1.0": "boost boostsoftware boost1 boostsoftware1 bsl1",
    "CC0-1.0": "cc0 cc010universal creativecommonszero",
    "MIT-CMU": "hpndmitcmu",
    "HPND": "historicalpermissionnoticeanddisclaimer",
    "PostgreSQL": "postgres",
    "WTFPL": "wtfpl2",
    "ZPL-2.1": "zpl zope zopepublic",
    "UPL-1.0": "upl universalpermissive",
    "PHP-3.01": "php php301",
    "NCSA": "universityofillinoisncsaopensource",
    "Artistic-1.0": "artistic artistic1",
    "Artistic-2.0": "artistic2 perl6",
    "Artistic-1.0-Perl OR GPL-1.0-or-later": "perl perl5 sameasperl",
    "MPL-1.1": "mpl11",
    "MPL-2.0": "mpl mpl2 mozillapublic mozillapublic2 mozillapublic20 mozillapublic20mpl20",
    "EPL-1.0": "eclipsepublic eclipsepublic10 epl1",
    "EPL-2.0": "eclipsepublic20 epl2",
    "AGPL-3.0-only": "agpl3 gnuagpl3 gnuaffero3 affero3 agplv3only gnuafferogeneralpublic3",
    "AGPL-3.0-or-later": "agpl3+ gnuafferogeneralpublic3orlater agpl",
    "GPL-1.0-only": "gpl1",
    "GPL-1.0-or-later": "gpl gpl1+ gnugeneralpublic gnugpl gnu",
    "GPL-2.0-only": "gpl2 gplv2only gnugpl2 gnugeneralpublic2",
    "GPL-2.0-or-later": "gpl2+ gnugpl2+ gnugeneralpublic2orlater gpl2orlater",
    "GPL-3.0-only": "gpl3 gnugpl3 gnugeneralpublic3",
    "GPL-3.0-or-later": "gpl3+ gnugpl3+ gnugeneralpublic3orlater gpl3orlater",
    "LGPL-2.0-only": "lgpl2 gnulibraryorlessergeneralpublic2",
    "LGPL-2.0-or-later": "lgpl lgpl2+ gnulgpl gnulibraryorlessergeneralpublic "
    "gnulessergeneralpublic gnulessergeneralpublic2orlater lgpl2orlater",
    "LGPL-2.1-only": "lgpl21 gnulgpl21",
    "LGPL-2.1-or-later": "lgpl21+ lgpl21orlater",
    "LGPL-3.0-only": "lgpl3 gnulgpl3 gnulessergeneralpublic3",
    "LGPL-3.0-or-later": "lgpl3+ lgpl3orlater gnulessergeneralpublic3orlater",
    "LicenseRef-Proprietary": "proprietary otherproprietary unlicensed commercial restricted "
    "allrightsreserved freeforhomeuse freefornoncommercialuse",
}
"""Usual ways to write a licence, as `_key` reduces them."""

_OPERATOR = re.compile(r"\s*(\(|\)|\bAND\b|\bOR\b)\s*")
_TOKEN = re.compile(r"\(|\)|[^\s()]+")
_IDENTIFIER = re.compile(r"(?:DocumentRef-[\w.-]+:)?[A-Za-z0-9][A-Za-z0-9.-]*\+?")
_LONG = 250
"""Characters from which on a declaration is the text of a licence rather than its name."""


def normalise_licence(declared: str) -> str:
    """Turn what a package declares into an SPDX expression.

    Understands SPDX expressions, trove classifiers, Debian's short names (`Expat`, `GPL-2+`),
    names as people write them, and whole licence texts. A name without a version (`BSD`) is taken
    for the version that asks for more.

    Returns:
        The expression; an identifier that is not known is kept. "" if there is no telling.
    """
    text = declared.strip()
    if len(text) > _LONG or "\n" in text:
        return " AND ".join(sorted(licences_in(text)))
    text = text.rpartition("::")[2].strip()
    if named := licence_named(text):
        return named
    # Debian: "GPL-2+ or Artistic, and Expat"; npm of old: "MIT/Apache-2.0".
    if re.search(r",\s*and\s", text, re.I):
        text = "(" + re.sub(r",\s*and\s+", ") AND (", text, flags=re.I) + ")"
    text = re.sub(r"\s+and\s+|\s*[,;&]\s*", " AND ", text, flags=re.I)
    text = re.sub(r"\s+or\s+|\s*[/|]+\s*", " OR ", text, flags=re.I)
    pieces = [piece for piece in _OPERATOR.split(text) if piece]
    terms = [piece if _OPERATOR.fullmatch(piece) else _term(piece) for piece in pieces]
    if not all(terms):
        return ""
    expression = re.sub(r"\( (\S+) \)", r"\1", " ".join(terms))
    expression = expression.replace("( ", "(").replace(" )", ")")
    return "" if _evaluate(expression, lambda _: False) is None else expression


def _term(text: str) -> str:
    """A single licence, perhaps `WITH` an exception, by its identifier; "" if it has none."""
    licence, *exception = re.split(r"\s+with\s+", text, maxsplit=1, flags=re.I)
    found = licence_named(licence)
    if not found and _IDENTIFIER.fullmatch(licence) and re.search(r"[-\d]", licence):
        found = licence
    if found and exception:
        if _IDENTIFIER.fullmatch(exception[0]):
            return f"{found} WITH {exception[0]}"
        if "exception" not in exception[0].lower():
            return ""
    return f"({found})" if " " in found else found


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Say whether the terms of an SPDX expression can be met with allowed licences alone.

    Of `OR` one side suffices, of `AND` both must be allowed. `X WITH Y` is allowed if it is
    listed as such or `X` is, as exceptions only permit more. No expression, or one that cannot be
    parsed, is not allowed.

    Args:
        expression: such as `MIT OR (GPL-2.0-only AND Apache-2.0)`.
        allowed: SPDX identifiers; upper and lower case are the same.
    """
    known = {licence.lower() for licence in allowed}
    return bool(_evaluate(expression, lambda licence: licence.lower() in known))


def _evaluate(expression: str, judge: Callable[[str], bool]) -> bool | None:
    """Truth of an expression by the truth of its licences; None if it is no expression."""
    tokens = _TOKEN.findall(expression)[::-1]

    def atom() -> bool:
        token = tokens.pop()
        if token == "(":
            value = either()
            if tokens.pop() != ")":
                raise ValueError(expression)
            return value
        if not _IDENTIFIER.fullmatch(token) or token in ("AND", "OR", "WITH"):
            raise ValueError(expression)
        if tokens[-1:] != ["WITH"]:
            return judge(token)
        tokens.pop()
        exception = tokens.pop()
        if not _IDENTIFIER.fullmatch(exception):
            raise ValueError(expression)
        return judge(token) or judge(f"{token} WITH {exception}")

    def both() -> bool:
        value = atom()
        while tokens[-1:] == ["AND"]:
            tokens.pop()
            value = atom() and value
        return value

    def either() -> bool:
        value = both()
        while tokens[-1:] == ["OR"]:
            tokens.pop()
            value = both() or value
        return value

    try:
        value = either()
    except (IndexError, ValueError, RecursionError):
        return None
    return None if tokens else value


def licence_named(text: str) -> str:
    """SPDX identifier of a licence by any usual name of it; "" if none is known."""
    return _BY_KEY.get(_key(text), "")


def _key(name: str) -> str:
    """What is left of a licence's name without what people vary."""
    name = name.lower().partition("~")[0]
    name = re.sub(r"\([^()]*\)", " ", name) if not name.startswith("(") else name
    name = re.sub(r"\b(the|licen[cs]ed?|licen[cs]es|version|ver|v\.?)\b", " ", name)
    name = re.sub(r"\bv(?=\d)|(?<=[a-z])v(?=\d)", "", name)
    name = re.sub(r"\b(\d)\.0\b", r"\1", name)
    return re.sub(r"[^a-z0-9+]", "", name)


_BY_KEY = {
    **{_key(licence): licence for licence in [*PERMISSIVE, *_ALIASES] if " " not in licence},
    **{name: licence for licence, names in _ALIASES.items() for name in names.split()},
}
