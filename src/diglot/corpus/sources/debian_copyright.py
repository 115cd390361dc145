"""Licences file by file, as `debian/copyright` of a Debian source package tells them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from diglot.corpus.licence_texts import licences_in
from diglot.corpus.licences import licence_named, normalise_licence

UNKNOWN = "LicenseRef-unknown"
"""Licence of a file whose stanza has a name that we cannot read."""


def licence_by_path(copyright_file: bytes) -> Callable[[str], str]:
    """Read `debian/copyright`.

    Returns:
        Function from the path of a file to its SPDX expression; it gives "" for all paths if the
        file is not in the machine-readable format
        (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/), and `UNKNOWN` where
        a licence has neither a name nor a text that we know.
    """
    from debian.copyright import Copyright, MachineReadableFormatError, NotMachineReadableError

    logging.getLogger("debian.copyright").setLevel(logging.ERROR)  # small faults are common
    text = copyright_file.decode("utf-8", "replace")
    try:
        document = Copyright(text.splitlines(keepends=True), strict=False)
        stanzas = [
            (pattern, *_name_and_text(stanza))
            for stanza in document.all_files_paragraphs()
            if (pattern := stanza.files_pattern())
        ]
        texts = dict(map(_name_and_text, document.all_license_paragraphs()))
    except (NotMachineReadableError, MachineReadableFormatError, ValueError):
        return lambda path: ""

    own = {
        name: " and ".join(sorted(stated))
        for name, text in sorted(texts.items(), key=lambda entry: -len(entry[0]))
        if not licence_named(name) and (stated := licences_in(text))
    }
    """Names of the package's own making, such as BSD-3-clause-cssselect, by their texts."""

    @cache
    def licence_of(name: str, text: str) -> str:
        for made_up, spdx in own.items():
            name = re.sub(rf"(?<!\S){re.escape(made_up)}(?![^\s,])", spdx, name)
        named = normalise_licence(name)
        words = {*re.findall(r"[^\s()]+", named)} - {"AND", "OR"}
        if named and all(map(licence_named, words)):
            return named
        return " AND ".join(sorted(licences_in(text))) or named or UNKNOWN

    def by_path(path: str) -> str:
        # The last stanza that matches holds.
        for pattern, name, text in reversed(stanzas):
            if pattern.fullmatch(path):
                return licence_of(name, text)
        return ""

    return by_path


def _name_and_text(stanza: Any) -> tuple[str, str]:  # noqa: ANN401 - its types hide the field
    return (stanza.license.synopsis, stanza.license.text) if stanza.license else ("", "")
