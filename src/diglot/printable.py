"""Text of files, names and messages, made safe to show.

A source file or a file name may hold what steers a terminal (escape sequences), what turns the
order of letters around (bidirectional controls), what ends a line, and what cannot be seen at all.
Each such character is shown as U+FFFD: a line on the screen is one line, and hides nothing.
"""

from __future__ import annotations

import re

_JOINED = "\u0600-\u1cff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
"""Scripts and symbols in which joiners change the shape of what is seen."""
_PICTURES = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030-\u303d\u3297\u3299"
    "\U0001f000-\U0001faff"
)
"""What has a form as text and one as a picture."""
_UNSAFE = re.compile(
    "["
    r"\x00-\x08\x0a-\x1f\x7f-\x9f"  # controls, but not the tab
    "\u00ad\u034f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"  # formats
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # letters without a shape
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    r"\ud800-\udfff"  # halves of characters: bytes of a name that are not UTF-8
    "]"
    # Joiners and selectors are part of Persian, Hindi and emoji; elsewhere they only hide.
    f"|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
    f"|(?<![{_PICTURES}])[\ufe00-\ufe0f](?!\u20e3)"
)
_SHOWN = "\ufffd"


def printable(text: str) -> str:
    """Return a text as one line, each character that could steer, forge or hide replaced.

    Args:
        text: any text; a tab stays a tab.
    """
    return _UNSAFE.sub(_SHOWN, text)


def printable_json(document: str) -> str:
    """Return the same JSON with the same characters written as escapes.

    Args:
        document: JSON without line breaks in its strings, which JSON escapes anyhow; those between
            its values stay.
    """
    return "\n".join(_UNSAFE.sub(_escape, line) for line in document.split("\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
