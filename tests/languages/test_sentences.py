"""The first sentence of a docstring."""

from __future__ import annotations

import pytest

from diglot.languages.sentences import first_sentence


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("One. Two.", "One."),
        ("One line without a full stop", "One line without a full stop"),
        ("Over\ntwo lines. More.", "Over two lines."),
        ("First paragraph\n\nSecond.", "First paragraph"),
        ("Use lists, e.g. of names, i.e. words. More.", "Use lists, e.g. of names, i.e. words."),
        ("Needs version 2.0.1 or later. More.", "Needs version 2.0.1 or later."),
        ("Reads os.path and setup.cfg. More.", "Reads os.path and setup.cfg."),
        ("Ends in lists, tuples etc. More.", "Ends in lists, tuples etc."),
        ("Takes lists etc. and more. Then.", "Takes lists etc. and more."),
        ("After J. Smith et al. (2001). More.", "After J. Smith et al. (2001)."),
        ("Is it there? Else not.", "Is it there?"),
        ("Stop (see that. Or this) here. More.", "Stop (see that. Or this) here."),
        ('Say "stop." Then go.', 'Say "stop."'),
        ("Wait... then go. More.", "Wait... then go."),
        ("返回值。更多", "返回值。"),
        ("Makes it.\n@param a one", "Makes it."),
        ("Makes it\n:param a: one", "Makes it"),
        ("Makes it\n\nArgs:\n    a: one", "Makes it"),
        ("Makes it:\n- one\n- two", "Makes it:"),
        ("Makes it\n>>> f()", "Makes it"),
        ("Title\n=====\nText.", "Title"),
        ("@param a one\n@return two", ""),
        ("Args:\n    a: one", ""),
        ("@brief Makes it. More.", "Makes it."),
        ("\\brief Makes it.\n\\param a one", "Makes it."),
        ("@function f\n@description Makes it. More.", "Makes it."),
        ("<summary>\nMakes it.\n</summary>\n<returns>It.</returns>", "Makes it."),
        ("<p>Makes it. More.</p>", "Makes it."),
        ("Makes it<p>More.", "Makes it"),
        ("make() - Make it. More.", "Make it."),
        ("take - Make it. More.", "take - Make it."),
        (":call-seq:\n  a(b) -> c\n\n  a -> c\nMakes it. More.", "Makes it."),
        ("call-seq: a(b) -> c\n\nMakes it. More.", "Makes it."),
        ("------\nMakes it. More.\n------", "Makes it."),
        ("@private\n\nMakes it. More.", "Makes it."),
        ("@return int", ""),
        ("", ""),
    ],
)
def test_first_sentence(docstring, sentence):
    assert first_sentence(docstring, "make") == sentence
