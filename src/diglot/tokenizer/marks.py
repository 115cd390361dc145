"""Marks: tokens that no text contains, each with what it is for and which system asks for it.

A mark is one token and a text never produces it: `<mask>` in a source file is read as six
characters or so. What a mark means is the business of the objective or task that places it.
"""

from __future__ import annotations

from dataclasses import dataclass

from diglot.languages import all_languages

SENTINELS = 100
"""T5 numbers the spans that it takes out of a sequence from 0 to 99."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark: how it is written, what for, and who asks for it."""

    token: str
    purpose: str
    source: str
    aliases: tuple[str, ...] = ()
    """How vocabularies made by others write it, the likeliest first."""
    settings: tuple[str, ...] = ()
    """Under which names `transformers` keeps it in `tokenizer_config.json`."""


_CODEBERT = "CodeBERT (2002.08155)"
_GPT = "GPT-1 (Radford et al. 2018)"
_MRPT = "modality-relative pre-training (2402.05783)"
_PYMT5 = "PyMT5 (2010.03150)"
_T5 = "T5 (1910.10683)"

# The first three have the ids that a RoBERTa configuration expects of them.
_SEQUENCE = (
    Mark(
        "<s>",
        "begins a sequence; its vector stands for the whole",
        _CODEBERT,
        ("[CLS]", "<bos>", "<|begin_of_text|>", "<|endoftext|>"),
        ("cls_token", "bos_token"),
    ),
    Mark(
        "<pad>",
        "fills a batch up; never attended to",
        _CODEBERT,
        ("[PAD]", "<|pad|>"),
        ("pad_token",),
    ),
    Mark(
        "</s>",
        "ends a segment: <s> text </s> code </s>",
        _CODEBERT,
        ("[SEP]", "<eos>", "<|end_of_text|>", "<|endoftext|>"),
        ("sep_token", "eos_token"),
    ),
    Mark(
        "<mask>",
        "stands for a token to be predicted, of identifiers too",
        "BERT (1810.04805), CodeSage (2402.01935)",
        ("[MASK]",),
        ("mask_token",),
    ),
    # A bare `$` would take the dollar sign away from the code of half the languages.
    Mark("<$>", "between the two texts of a task: <s> premise <$> hypothesis <e>", _GPT),
    Mark("<e>", "ends a task's input; its vector is what the head reads", _GPT),
)

_MODALITY = (
    Mark("<text>", "what follows, or is to follow, is natural language", _MRPT),
    Mark("<code>", "what follows, or is to follow, is code of any language", _MRPT),
    Mark("<comments>", "begins the docstring: <comments> docstring <python> code <eot>", _MRPT),
    Mark("<eot>", "ends the code", _MRPT),
    Mark("<NEW_LINE>", "a line end, where white space is linearised", _MRPT),
    Mark("<INDENT>", "one level deeper, where white space is linearised", _MRPT),
    Mark("<DEDENT>", "one level back, where white space is linearised", _MRPT),
)

_CONTROL = (
    Mark("<target>", "names what to write: <target> <docstring> <google>", _PYMT5),
    Mark("<signature>", "a signature is given, or to be written", _PYMT5),
    Mark("<docstring>", "a docstring is given, or to be written", _PYMT5),
    Mark("<body>", "a body is given, or to be written", _PYMT5),
    Mark("<oneline>", "a docstring of one line", _PYMT5),
    Mark("<plain>", "a docstring that follows no convention", _PYMT5),
    Mark("<google>", "a docstring in the style of Google", _PYMT5),
    Mark("<numpy>", "a docstring in the style of NumPy", _PYMT5),
    Mark("<rest>", "a docstring with the field lists of Sphinx", _PYMT5),
    Mark("<epydoc>", "a docstring with the fields of Epydoc", _PYMT5),
    Mark("<javadoc>", "a comment for Javadoc, KDoc or Scaladoc", _PYMT5),
    Mark("<jsdoc>", "a comment for JSDoc", _PYMT5),
    Mark("<phpdoc>", "a comment for phpDocumentor", _PYMT5),
    Mark("<yard>", "a comment for YARD", _PYMT5),
    Mark("<godoc>", "a comment for go doc", _PYMT5),
    Mark("<doxygen>", "a comment for Doxygen", _PYMT5),
    Mark("<xmldoc>", "a comment in the XML of C#", _PYMT5),
)

_LANGUAGES = tuple(
    Mark(f"<{language.name}>", f"what follows is {language.name}", _MRPT)
    for language in all_languages()
)

_SENTINELS = tuple(
    Mark(f"<extra_id_{number}>", f"stands for the span number {number} taken out", _T5)
    for number in range(SENTINELS)
)

MARKS: tuple[Mark, ...] = (*_SEQUENCE, *_MODALITY, *_CONTROL, *_LANGUAGES, *_SENTINELS)
"""Every mark; a trained vocabulary begins with them, in this order."""


def style_mark(style: str) -> str:
    """Return the mark of a docstring's style, as the corpus names it, or of `oneline`."""
    return f"<{style}>"


def language_mark(language: str) -> str:
    """Return the mark of a language, by its name in any case."""
    return f"<{language.lower()}>"
