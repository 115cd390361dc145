from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.corpus.licence_texts import licences_in
from diglot.corpus.licences import (
    PERMISSIVE,
    detect_licence,
    is_allowed,
    is_licence_file,
    normalise_licence,
)

NAMES = {
    "MIT": "MIT|mit|MIT License|The MIT License (MIT)|Expat|MIT/X11|MIT license|"
    "License :: OSI Approved :: MIT License",
    "Apache-2.0": "Apache 2|Apache 2.0|Apache License, Version 2.0|Apache-2|ASL 2.0|"
    "Apache Software License|apache-2.0|Apache License 2.0|"
    "License :: OSI Approved :: Apache Software License",
    "BSD-3-Clause": "BSD|BSD License|New BSD|BSD 3-Clause|3-Clause BSD License|BSD-3-clause|"
    "BSD-3-clause~Google|License :: OSI Approved :: BSD License|Modified BSD License",
    "BSD-2-Clause": "BSD-2-clause|Simplified BSD|BSD 2-Clause License|FreeBSD",
    "ISC": "ISC|ISC License (ISCL)|isc license",
    "PSF-2.0": "PSF|PSFL|Python Software Foundation License|PSF-2",
    "Zlib": "zlib|zlib/libpng|zlib License",
    "BSL-1.0": "Boost Software License 1.0 (BSL-1.0)|BSL-1|Boost",
    "Unlicense": "Unlicense|The Unlicense (Unlicense)",
    "LicenseRef-Public-Domain": "public-domain|Public Domain|PD",
    "LicenseRef-Proprietary": "UNLICENSED|Other/Proprietary License|Proprietary",
    "MPL-2.0": "MPL 2.0|Mozilla Public License 2.0 (MPL 2.0)|MPL-2.0",
    "GPL-2.0-only": "GPL-2|GPLv2|GPL-2.0|GPL v2|GNU GPL 2",
    "GPL-2.0-or-later": "GPL-2+|GPL-2.0+|GPLv2+|GPL-2+ with OpenSSL exception",
    "GPL-3.0-or-later": "GPLv3+|GNU General Public License v3 or later (GPLv3+)",
    "LGPL-2.1-or-later": "LGPL-2.1+|LGPLv2.1+",
    "LGPL-3.0-only": "LGPLv3|LGPL-3",
    "AGPL-3.0-only": "GNU Affero General Public License v3|AGPL-3",
    "MIT OR Apache-2.0": "MIT/Apache-2.0|MIT or Apache 2.0|Expat or Apache-2.0",
    "MIT AND BSD-3-Clause": "MIT License, BSD|MIT and BSD|Expat and BSD-3-clause",
    "(MIT OR GPL-2.0-or-later) AND BSD-3-Clause": "Expat or GPL-2+, and BSD-3-clause",
    "Apache-2.0 WITH LLVM-exception": "Apache-2.0 WITH LLVM-exception",
    "EUPL-1.2": "EUPL-1.2",
    "": "|UNKNOWN|none|SEE LICENSE IN LICENSE.md|Dual License|OSI Approved|License|see file|"
    "MIT or whatever|MIT OR",
}
PAIRS = [(name, spdx) for spdx, names in NAMES.items() for name in names.split("|")]

GRANT = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software "
    "and associated documentation files, to deal in the Software without restriction"
)
MIT = f"{GRANT}, subject to: The above copyright notice and this permission\n// notice shall be"
BSD_2 = (
    "Redistribution and use in source and binary forms, with or without modification, are "
    "permitted. 2. Redistributions in binary form must reproduce the above copyright notice. "
)
BSD_3 = BSD_2 + "Neither the name may be used to endorse or promote products derived from"
ISC = (
    "Permission to use, copy, modify, and/or distribute this software for any purpose with or "
    "without fee is hereby granted"
)
GPL_NOTICE = (
    "under the terms of the GNU General Public License as published by the Free Software Foundation"
)
MPL_2 = (
    "Mozilla Public License Version 2.0. Secondary License means the GNU Affero General Public "
    "License, Version 3.0"
)

TEXTS = [
    (MIT, {"MIT"}),
    (MIT.upper().replace(" ", "\n * "), {"MIT"}),
    (GRANT, {"MIT-0"}),
    (MIT + " The Software shall be used for Good, not Evil.", {"JSON"}),
    (BSD_2, {"BSD-2-Clause"}),
    (BSD_3, {"BSD-3-Clause"}),
    (
        BSD_3 + " All advertising materials mentioning features or use of this software must",
        {"BSD-4-Clause"},
    ),
    (ISC + ", provided that the above", {"ISC"}),
    (ISC + '. THE SOFTWARE IS PROVIDED "AS IS"', {"0BSD"}),
    ("Apache License\nVersion 2.0, January 2004", set()),
    (
        "Apache License\nVersion 2.0, January 2004\n"
        "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION",
        {"Apache-2.0"},
    ),
    (MPL_2, {"MPL-2.0"}),
    ("GNU GENERAL PUBLIC LICENSE\n  Version 3, 29 June 2007 " + GPL_NOTICE, {"GPL-3.0-only"}),
    ("This is free software, " + GPL_NOTICE, {"GPL-1.0-or-later"}),
    (MIT + "\n\nPart of it is " + GPL_NOTICE, {"MIT", "GPL-1.0-or-later"}),
    (MIT + " Commons Clause", {"MIT", "LicenseRef-Commons-Clause"}),
    (MIT + " for non-commercial use only", {"MIT", "LicenseRef-non-commercial"}),
    (MIT + " for commercial and non-commercial use", {"MIT"}),
    ("All rights reserved.", set()),
    ("", set()),
]


@pytest.mark.parametrize(("declared", "spdx"), PAIRS)
def test_names(declared: str, spdx: str) -> None:
    assert normalise_licence(declared) == spdx
    assert normalise_licence(f"  {declared}\t") == spdx


@pytest.mark.parametrize("spdx", sorted({*PERMISSIVE, *NAMES}))
def test_an_expression_stays_as_it_is(spdx: str) -> None:
    assert normalise_licence(spdx) == spdx


def test_a_declaration_that_is_a_text() -> None:
    assert normalise_licence(MIT + " x" * 100) == "MIT"
    assert normalise_licence("line\nline") == ""


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_licence(text)
    assert normalise_licence(once) == once


@given(
    st.lists(st.sampled_from("MIT GPL-2.0 BSD ( ) AND OR WITH or and / , + x-exception".split()))
)
def test_what_comes_out_is_an_expression(words: list[str]) -> None:
    once = normalise_licence(" ".join(words))
    assert normalise_licence(once) == once
    assert not once or is_allowed(f"({once}) OR MIT", ["MIT"])


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_texts(text: str, expected: set[str]) -> None:
    assert licences_in(text) == expected


def test_licence_files_of_a_repository() -> None:
    files = {
        "LICENSE-MIT": MIT.encode(),
        "COPYING.BSD": BSD_3.encode(),
        "src/LICENSE": ISC.encode() + b", provided",
        "license.py": ISC.encode() + b", provided",
    }
    assert detect_licence(files) == "BSD-3-Clause AND MIT"
    assert detect_licence({}) == ""
    assert detect_licence({"LICENSE": b"\xff\x00"}) == ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *[(path, True) for path in "LICENSE LICENCE.txt COPYING COPYING.LESSER license.md".split()],
        *[(path, True) for path in "LICENSE-APACHE UNLICENSE LICENSES/MIT.txt MIT-LICENSE".split()],
        *[(path, True) for path in "LICENSE.MIT LICENSE-2.0.txt LICENSE_1_0.txt".split()],
        *[(path, False) for path in "license.go a/LICENSE licenses.json src/LICENSES/a".split()],
        *[(path, False) for path in "README licensed.md LICENSES/x.py relicense.md".split()],
    ],
)
def test_which_files_are_licence_files(path: str, expected: bool) -> None:
    assert is_licence_file(path) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("mit", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT AND ISC", True),
        ("(GPL-3.0-only OR MIT) AND MPL-2.0", False),
        ("(GPL-3.0-only OR MIT) AND (ISC OR X)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("", False),
        ("MIT AND", False),
        ("MIT ISC", False),
        ("(MIT", False),
        ("MIT)", False),
        ("AND", False),
        ("(" * 5000 + "MIT" + ")" * 5000, False),
    ],
)
def test_allowed(expression: str, expected: bool) -> None:
    assert is_allowed(expression, PERMISSIVE) is expected


def test_an_exception_can_be_allowed_by_name() -> None:
    allowed = ["GPL-2.0-only WITH Classpath-exception-2.0"]
    assert is_allowed("GPL-2.0-only WITH Classpath-exception-2.0", allowed)
    assert not is_allowed("GPL-2.0-only", allowed)
