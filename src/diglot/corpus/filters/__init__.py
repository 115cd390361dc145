"""What goes into a corpus: filters by name, in the order they are applied.

A filter returns True for what it keeps. A recipe switches filters off by name, and a build counts
what each of them drops.
"""

from __future__ import annotations

from diglot.corpus.filters.file import FILE_FILTERS, FileFilter
from diglot.corpus.filters.function import FUNCTION_FILTERS, FunctionFilter
from diglot.corpus.filters.summary import SUMMARY_FILTERS, SummaryFilter, clean_summary

__all__ = [
    "FILE_FILTERS",
    "FUNCTION_FILTERS",
    "SUMMARY_FILTERS",
    "FileFilter",
    "FunctionFilter",
    "SummaryFilter",
    "clean_summary",
]
