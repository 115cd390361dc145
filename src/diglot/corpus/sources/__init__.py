"""Where the files of a corpus come from: one file a kind of source."""

from __future__ import annotations

from diglot.corpus.sources.base import Fetched, RawFile, Source
from diglot.corpus.sources.specs import parse_source

__all__ = ["Fetched", "RawFile", "Source", "parse_source"]
