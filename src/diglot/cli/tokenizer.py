"""`diglot tokenizer`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from diglot.cli.group import Group
from diglot.cli.options import json_option
from diglot.cli.output import SCHEMA, write_json
from diglot.cli.terminal import say, write_text

_VOCABULARY_SIZE = 32_768  # as in diglot.tokenizer.train, which is not imported for --help
_MEGABYTES = 100


@click.group(cls=Group, no_args_is_help=False)
def tokenizer() -> None:
    """Train a tokenizer on a corpus, or tell how well one fits code.

    \b
    diglot tokenizer train ./corpus -o ./tokenizer
    diglot tokenizer report ./tokenizer --corpus ./corpus
    """


@tokenizer.command()
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write; transformers.AutoTokenizer reads it too.",
)
@click.option(
    "--vocab-size",
    metavar="N",
    type=click.IntRange(min=1),
    default=_VOCABULARY_SIZE,
    show_default=True,
    help="How many tokens, marks included.",
)
@click.option(
    "--megabytes",
    metavar="N",
    type=click.IntRange(min=1),
    default=_MEGABYTES,
    show_default=True,
    help="How much to read of each language, and of prose, at most.",
)
def train(corpus: Path, output: Path, vocab_size: int, megabytes: int) -> int:
    """Train a byte-level BPE on the training split of CORPUS.

    \b
    diglot tokenizer train ./corpus -o ./tokenizer
    diglot tokenizer train ./corpus -o ./tokenizer --vocab-size 16384
    """
    from diglot.tokenizer import train_on_corpus

    trained = train_on_corpus(
        corpus, vocabulary_size=vocab_size, bytes_per_language=megabytes * 1_000_000
    )
    trained.save(output)
    read = trained.provenance["corpus"]["bytes"]
    say(f"{output}: {trained.size:,} tokens from {sum(read.values()) / 1e6:.1f} MB of text")
    if trained.size < vocab_size:
        say(f"the corpus repeats too little for {vocab_size:,} tokens", err=True)
    return 0


@tokenizer.command()
@click.argument("name_or_folder", metavar="DIR")
@click.option(
    "--corpus",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Measure on its rows, next to the vocabulary of BERT.",
)
@json_option
def report(name_or_folder: str, corpus: Path | None, as_json: bool) -> int:
    """Tell what the tokenizer in DIR holds and, on a corpus, how well it fits.

    Tokens per line and per identifier, bytes per token, the share of rows that decoding gives back,
    all by language, on rows that were not trained on if the corpus has any. Wherever a folder is
    accepted, so is a model's name on the hub if transformers is installed.

    \b
    diglot tokenizer report ./tokenizer
    diglot tokenizer report ./tokenizer --corpus ./corpus --json
    """
    from diglot.tokenizer import load_tokenizer
    from diglot.tokenizer.report import describe, format_description, format_measures

    loaded = load_tokenizer(name_or_folder)
    document: dict[str, Any] = {"tokenizer": describe(loaded)}
    if corpus is not None:
        document["measures"] = _measures(name_or_folder, corpus)
    if as_json:
        write_json({"schema": SCHEMA} | document)
        return 0
    write_text(format_description(document["tokenizer"]))
    if corpus is not None:
        say(f"measured    on the {document['measures']['split']} split of {corpus}")
        say()
        write_text(format_measures(document["measures"]))
    return 0


def _measures(name_or_folder: str, folder: Path) -> dict[str, Any]:
    """Measure next to the vocabulary that the shipped models have, which is BERT's."""
    from diglot.models import resolve_model
    from diglot.tokenizer import load_tokenizer
    from diglot.tokenizer.report import measure
    from diglot.tokenizer.texts import held_out_split, open_corpus, sample_rows

    corpus = open_corpus(folder)
    split = held_out_split(corpus)
    tokenizers = {
        "this": load_tokenizer(name_or_folder),
        "bert": load_tokenizer(resolve_model("encoder").path),
    }
    return measure(tokenizers, sample_rows(corpus, split), split)
