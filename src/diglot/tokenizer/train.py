"""Training a byte-level BPE (GPT-2; Sennrich et al. 2016) on code and its documentation."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from tokenizers.trainers import BpeTrainer

from diglot.errors import InputError
from diglot.tokenizer.folder import CodeTokenizer, wrap
from diglot.tokenizer.marks import MARKS
from diglot.tokenizer.texts import BYTES_PER_LANGUAGE, TrainingTexts, open_corpus
from diglot.tokenizer.whitespace import RUNS

VOCABULARY_SIZE = 32_768
"""Tokens, marks included. With 384 components the table has 12.6 million parameters, about as many
as the six layers above it; ids fit into 16 bits; a multiple of 128 suits matrix units. T5 and
PyCodeGPT have as many. `docs/tokenizer.md` has what other sizes would save."""

_LONGEST_TOKEN = 64
"""Bytes. Longer ones are rules of dashes and licence boilerplate."""
_LEAST_MERGES = 64

_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_UPPER = r"[\p{Lu}\p{Lt}]"

PATTERN = "|".join(
    [
        rf" ?_*(?:{_UPPER}?{_LOWER}+|{_UPPER}+(?!{_LOWER}))",  # get, Value, _size, HTTP|Server
        r" ?_+",
        r" ?\p{N}",  # each digit alone
        r" ?[^\s\p{L}\p{M}\p{N}_]+",  # punctuation, never with a line end
        r"\n+[ \t]*",  # line ends with the indentation after them
        r"[^\S\n]+(?!\S)",  # white space within a line; its last space goes with the word after
        r"[^\S\n]+",
    ]
)
"""Pieces of text that no token reaches beyond.

Unlike GPT-2's pattern it keeps a line end and its indentation together, and parts of an identifier
apart (`getValue`, `get_value`), which costs no tokens, as each part is learned once. Unlike GPT-4's
it joins neither punctuation with the word after it (`.get`) nor with a line end: that would save
5 % of the tokens, but no identifier could be masked without its surroundings. A digit is a token of
its own, so that a number is spelt alike wherever it stands, as in StarCoder's vocabulary, which
CodeSage uses. Figures are in `docs/tokenizer.md`."""


def train_tokenizer(
    texts: Iterable[str],
    *,
    vocabulary_size: int = VOCABULARY_SIZE,
    pattern: str = PATTERN,
    name: str = "trained",
) -> CodeTokenizer:
    """Train a vocabulary; the same texts in any order give the same bytes.

    Args:
        texts: files, functions, paragraphs: any pieces of text.
        vocabulary_size: tokens, all marks included. Texts that repeat little give fewer.
        pattern: pieces that no token reaches beyond, as a regular expression of Oniguruma.
        name: for messages.

    Raises:
        InputError: There is no text, or the vocabulary is too small for what it must hold.
    """
    marks = [mark.token for mark in MARKS]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    least = len(marks) + len(alphabet) + len(RUNS) + _LEAST_MERGES
    if vocabulary_size < least:
        raise InputError(
            f"vocabulary size {vocabulary_size} is too small: bytes, marks and white space take "
            f"{least} tokens; {VOCABULARY_SIZE} is the default"
        )
    texts = _Counted(texts)
    learner = _assemble(models.BPE(), pattern)
    learner.train_from_iterator(
        texts,
        BpeTrainer(
            vocab_size=vocabulary_size - len(marks),
            initial_alphabet=alphabet,
            max_token_length=_LONGEST_TOKEN,
            show_progress=False,
        ),
    )
    if not texts.characters:
        raise InputError("there is no text to train a tokenizer on")
    merges = [tuple(merge) for merge in json.loads(learner.to_str())["model"]["merges"]]
    base = [*marks, *alphabet]
    backend = _with_runs(base, merges, vocabulary_size, pattern)
    backend.add_special_tokens([_special(mark) for mark in marks])
    backend.post_processor = _template(backend)
    recorded = {
        "format": 1,
        "vocabulary_size": backend.get_vocab_size(),
        "pattern": pattern,
        "tokenizers": tokenizers.__version__,
        "characters": texts.characters,
    }
    return wrap(backend, name=name, provenance=recorded)


def train_on_corpus(
    corpus: Path | str,
    *,
    vocabulary_size: int = VOCABULARY_SIZE,
    bytes_per_language: int = BYTES_PER_LANGUAGE,
) -> CodeTokenizer:
    """Train on the files and the prose of a corpus's training split.

    Args:
        corpus: its folder.
        vocabulary_size: tokens, all marks included.
        bytes_per_language: of a language, or of prose, read about this much at most.

    Raises:
        InputError: There is no corpus, it has no text to train on, or the size is too small.
        MissingExtraError: Reading a corpus takes `pyarrow`, which is not installed.
    """
    texts = TrainingTexts(open_corpus(corpus), bytes_per_language)
    trained = train_tokenizer(texts, vocabulary_size=vocabulary_size, name=str(corpus))
    return replace(trained, provenance={**trained.provenance, **texts.provenance})


class _Counted:
    """Texts, and how many characters went by."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = texts
        self.characters = 0

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.characters += len(text)
            yield text


def _assemble(model: models.BPE, pattern: str) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _special(token: str) -> AddedToken:
    # In a text that others write, ` <mask>` stands for a word with its space, as for RoBERTa.
    return AddedToken(token, special=True, normalized=False, lstrip=token == "<mask>")


def _template(tokenizer: Tokenizer) -> processors.TemplateProcessing:
    """CodeBERT's input, with one `</s>` between text and code, for those who use the folder."""
    return processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> $B </s>",
        special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in ("<s>", "</s>")],
    )


def _with_runs(
    base: list[str], merges: list[tuple[str, str]], size: int, pattern: str
) -> Tokenizer:
    """Make every run of white space one token, in place of what was learned last.

    A merge that comes after all others changes nothing else: it joins what they have left over.
    """
    dropped = 0
    while True:
        kept = merges[: len(merges) - dropped]
        tokenizer = _assemble(_model(base, kept), pattern)
        for run in RUNS:
            left, *others = tokenizer.encode(run, add_special_tokens=False).tokens
            for right in others:
                kept.append((left, right))
                left += right
            if others:
                tokenizer = _assemble(_model(base, kept), pattern)
        excess = tokenizer.get_vocab_size() - size
        if excess <= 0:
            return tokenizer
        dropped += excess


def _model(base: list[str], merges: list[tuple[str, str]]) -> models.BPE:
    tokens = dict.fromkeys([*base, *(left + right for left, right in merges)])
    return models.BPE(vocab={token: n for n, token in enumerate(tokens)}, merges=merges)
