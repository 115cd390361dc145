"""Encodings that a file declares in its own text."""

from __future__ import annotations

import re
from encodings.aliases import aliases

_HEAD_BYTES = 1024
_COMMENT = re.compile(
    rb"""
    (?:[ \t\f]*(?:(?:[#;%"']|//|--|/\*|<%)[^\r\n]*)?(?:\r\n?|\n))?  # a comment or nothing above it
    [ \t\f]*
    (?:[#][^\r\n]*?coding[:=]
      | [#/\-;%*(<"'!.]{1,8}[^\r\n]*?(?:-\*-[^\r\n]*?coding:|fileencoding=))
    [ \t]*([-\w.]+)
    """,
    re.VERBOSE,
)
"""PEP 263, Ruby's magic comments, and in any language what Emacs and Vim go by."""
_MARKUP = re.compile(
    rb"\s*<(?:\?xml\b[^>]{0,200}?\bencoding\s*=|.*?<meta\b[^>]{0,200}?\bcharset\s*=)\s*[\"']?\s*([-\w.:]+)",
    re.IGNORECASE | re.DOTALL,
)
_NOT_TEXT = frozenset(
    {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
)
_TEXT_CODECS = (
    frozenset(aliases.values()) - _NOT_TEXT - {"mbcs", "utf_8"}
    | {"koi8_u", "koi8_t", "cp874", "cp720", "cp737", "cp856", "cp1006", "mac_croatian"}
)  # fmt: skip
"""Codecs of the standard library from bytes to text: no other is ever looked up by a name that a
file gives."""
_LINE_ENDS = re.compile("-(?:unix|dos|mac)$")
_SUPERSETS = {"gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "big5": "big5hkscs"}
"""What is meant, as browsers and editors have it, where the strict reading fails."""


def declared_text(data: bytes) -> str | None:
    """Decode bytes as they declare; None if they declare nothing, or are not what they declare.

    A declaration that the text decoded by it does not hold cannot have been meant.
    """
    head = data[:_HEAD_BYTES]
    match = _COMMENT.match(head) or (_MARKUP.match(head) if b"<" in head[:64] else None)
    if match is None:
        return None
    name = match[1].decode("ascii", "replace")
    codec = _codec(name)
    if codec is None:
        return None
    for candidate in (codec, _SUPERSETS.get(codec, codec)):
        try:
            text = data.decode(candidate)
        except ValueError:
            continue
        return text if name in text[:_HEAD_BYTES] else None
    return None


def _codec(name: str) -> str | None:
    """The codec of a name, None if it is UTF-8 or none that may be used."""
    plain = re.sub(r"[^a-z0-9]+", "_", _LINE_ENDS.sub("", name.lower()))
    codec = aliases.get(plain, plain)
    return codec if codec in _TEXT_CODECS else None
