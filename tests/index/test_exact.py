"""Exact evidence: what a query names, quotes or points to comes first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from diglot.index import Index

FILES = {
    "app/store/cache.py": '''\
"""A cache."""

MAX_ENTRIES = 128
retry_delay: float = 0.5


class Cache:
    def get_item(self, key):
        if key not in self.values:
            raise KeyError("no such entry in the cache: " + key)
        return self.values[key]

    def set_item(self, key, value):
        self.values[key] = value if value is not None else MAX_ENTRIES
''',
    "app/store/disk.py": """\
from app.store.cache import MAX_ENTRIES


class Disk:
    def get_item(self, key):
        entries = MAX_ENTRIES * 2
        return read(self.path, key, entries)


def read(path, key, entries):
    raise OSError(f"disk is not mounted read-write")
""",
    "src/main/java/org/shop/OrderService.java": """\
package org.shop;

public class OrderService {
    public static final int MAX_LINES = 50;

    public Order placeOrder(Customer customer) {
        if (customer == null) {
            throw new IllegalArgumentException("customer must not be null here");
        }
        return new Order(customer);
    }
}
""",
    "server/handler.go": """\
package server

const maxBodyBytes = 1 << 20

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.dispatch(w, r)
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	panic("route table is empty at start")
}
""",
    "web/render.js": """\
const PAGE_SIZE = 25;

export function renderPage(items) {
  return items.map((item) => item.title.trim());
}

export function firstTitle(items) {
  return renderPage(items)[0];
}
""",
    "crate/src/parser.rs": """\
pub const MAX_DEPTH: usize = 64;

pub fn parse_value(input: &str) -> Value {
    let first = input.chars().next().expect("input ended before a value");
    Value::from(first)
}

impl Parser {
    pub fn step_over(&mut self) -> bool { self.pos += 1; true }
}
""",
    "lib/billing/invoice.rb": """\
module Billing
  class Invoice
    TAX_RATE = 0.19

    def total_with_tax
      raise ArgumentError, "amount is missing from the invoice" if amount.nil?
      amount * (1 + TAX_RATE)
    end

    def paid?
      @paid
    end
  end
end
""",
    "src/Mail/Sender.php": """\
<?php
namespace App\\Mail;

class Sender
{
    const RETRIES = 3;

    public function deliver($message)
    {
        throw new \\RuntimeException('the mail server did not answer');
    }
}
""",
    "Shop/Basket.cs": """\
namespace Shop
{
    public class Basket
    {
        private const int Limit = 99;

        public void AddItem(Item item)
        {
            throw new InvalidOperationException("the basket is closed for today");
        }
    }
}
""",
    "tests/test_cache.py": '''\
MAX_ENTRIES = 2


def test_get_item():
    """no such entry in the cache: is what it says"""
    assert Cache().get_item("a") is None
''',
    "docs/guide.md": "# Guide\n\nCall `get_item` and mind MAX_ENTRIES and the retry delay.\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("exact")
    for name, text in FILES.items():
        path = folder / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for number in range(30):  # code with the same words, so that nothing is found for want of more
        path = folder / "project" / "more" / f"m{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"def item_{number}(cache, entry, order, value):\n"
            f"    return get(item, max, entries, {number}) or parse(value, input)\n"
        )
    return Index.open(folder / "project", cache_folder=folder / "cache")


def first(index: Index, query: str, rank: str = "fast") -> tuple[str, str]:
    answer = index.answer(query, 5, rank=rank)  # type: ignore[arg-type]
    assert answer.contributions[0]["exact"] > 0
    return answer.hits[0].path, answer.hits[0].symbol


CACHE, DISK = "app/store/cache.py", "app/store/disk.py"
JAVA, GO, JS = "src/main/java/org/shop/OrderService.java", "server/handler.go", "web/render.js"
RUST, RUBY = "crate/src/parser.rs", "lib/billing/invoice.rb"
PHP, CSHARP = "src/Mail/Sender.php", "Shop/Basket.cs"


@pytest.mark.parametrize("rank", ["fast", "balanced"])
@pytest.mark.parametrize(
    ("query", "path"),
    [
        *((f"Cache{between}get_item", CACHE) for between in (".", "::", "->", "#", "/", ":")),
        *((name, CACHE) for name in ("Cache.get_item()", "Cache::get_item(key)", "cache.GET_ITEM")),
        *((f"Disk{between}get_item", DISK) for between in (".", "::", "->", "#")),
        ("app.store.disk.Disk.get_item", DISK),
        ("OrderService.placeOrder", JAVA),
        ("org.shop.OrderService.placeOrder", JAVA),
        ("orderservice.placeorder", JAVA),
        ("OrderService#placeOrder(Customer)", JAVA),
        ("(*Server).dispatch", GO),
        ("Server.ServeHTTP", GO),
        ("renderPage", JS),
        ("Parser::step_over", RUST),
        ("parse_value", RUST),
        ("Billing::Invoice#total_with_tax", RUBY),
        ("Invoice#paid?", RUBY),
        ("Sender::deliver", PHP),
        ("$sender->deliver", PHP),
        ("Shop.Basket.AddItem", CSHARP),
        ("Basket.AddItem/1", CSHARP),
    ],
)
def test_names_are_found_in_any_notation(index: Index, query: str, path: str, rank: str) -> None:
    found, symbol = first(index, query, rank)
    assert found == path
    bare = symbol.rpartition(".")[2].lower().rstrip("?")
    assert bare in query.lower()


@pytest.mark.parametrize("lead", ["", "    ", "where is `", '"'])
@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("self.values[key] = value if value is not None else MAX_ENTRIES", CACHE),
        ("entries = MAX_ENTRIES * 2", DISK),
        ("return items.map((item) => item.title.trim());", JS),
        ("self.pos += 1; true", RUST),
        ("amount * (1 + TAX_RATE)", RUBY),
        ("return new Order(customer);", JAVA),
        ("s.dispatch(w, r)", GO),
    ],
)
def test_a_line_is_found_where_it_stands(index: Index, line: str, path: str, lead: str) -> None:
    end = {"where is `": "`", '"': '"'}.get(lead, "")
    assert first(index, f"{lead}{line}{end}")[0] == path


def test_a_line_is_found_whatever_its_white_space(index: Index) -> None:
    assert first(index, "self.values[key]  =\tvalue\n if value is not None")[0] == CACHE


MESSAGES = [
    ("no such entry in the cache", CACHE),
    ("disk is not mounted read-write", DISK),
    ("customer must not be null here", JAVA),
    ("route table is empty at start", GO),
    ("input ended before a value", RUST),
    ("amount is missing from the invoice", RUBY),
    ("the mail server did not answer", PHP),
    ("the basket is closed for today", CSHARP),
]


@pytest.mark.parametrize(
    "before",
    [
        *("", "KeyError: ", "java.lang.IllegalArgumentException: ", "panic: ", "Error: "),
        *("RuntimeError (E12): ", "app.errors.NotFound.DomainException: "),
        "System.InvalidOperationException: ",
    ],
)
@pytest.mark.parametrize(("message", "path"), MESSAGES)
def test_a_message_is_found_after_the_name_of_an_exception(
    index: Index, message: str, path: str, before: str
) -> None:
    assert first(index, before + message)[0] == path


TRACES = {
    "python": (
        'Traceback (most recent call last):\n  File "/srv/x/run.py", line 3, in <module>\n'
        '  File "/srv/x/app/store/disk.py", line 7, in get_item\n'
        '  File "/srv/x/app/store/cache.py", line 10, in get_item\nKeyError: "a"\n',
        (CACHE, "Cache.get_item"),
    ),
    "python without the first line": (
        'File "/srv/x/app/store/cache.py", line 9, in get_item\n'
        'File "/srv/x/app/store/disk.py", line 7, in get_item\n',
        (DISK, "Disk.get_item"),
    ),
    "java": (
        'Exception in thread "main" java.lang.IllegalArgumentException: null\n'
        "\tat org.shop.OrderService.placeOrder(OrderService.java:8)\n"
        "\tat org.other.Main.main(Main.java:5)\n",
        (JAVA, "OrderService.placeOrder"),
    ),
    "go": (
        "panic: empty\n\ngoroutine 1 [running]:\nserver.(*Server).dispatch(0xc000)\n"
        "\t/home/me/server/handler.go:10 +0x1d\nserver.(*Server).ServeHTTP(...)\n"
        "\t/home/me/server/handler.go:6 +0x12\n",
        (GO, "dispatch"),
    ),
    "javascript": (
        "TypeError: Cannot read properties of undefined (reading 'trim')\n"
        "    at renderPage (/home/me/web/render.js:4:35)\n"
        "    at firstTitle (file:///home/me/web/render.js:8:10)\n",
        (JS, "renderPage"),
    ),
    "rust": (
        "thread 'main' panicked at crate/src/parser.rs:4:37:\nended\n"
        "stack backtrace:\n   0: rust_begin_unwind\n"
        "             at /rustc/abc/library/std/src/panicking.rs:645:5\n"
        "   1: parser::parse_value\n             at ./crate/src/parser.rs:4:17\n",
        (RUST, "parse_value"),
    ),
    "ruby": (
        "lib/billing/invoice.rb:6:in `total_with_tax': missing (ArgumentError)\n"
        "\tfrom bin/run.rb:3:in `<main>'\n",
        (RUBY, "total_with_tax"),
    ),
    "php": (
        "PHP Fatal error:  Uncaught RuntimeException: no in /var/www/src/Mail/Sender.php:10\n"
        "Stack trace:\n#0 /var/www/index.php(3): App\\Mail\\Sender->deliver()\n#1 {main}\n",
        (PHP, "deliver"),
    ),
    "c#": (
        "Unhandled exception. System.InvalidOperationException: closed\n"
        "   at Shop.Basket.AddItem(Item item) in C:\\work\\Shop\\Basket.cs:line 9\n",
        (CSHARP, "AddItem"),
    ),
    "a compiler": ("crate/src/parser.rs:9:5: error: expected one of", (RUST, "step_over")),
}


@pytest.mark.parametrize("language", TRACES)
def test_a_stack_trace_leads_to_its_innermost_call(index: Index, language: str) -> None:
    trace, (path, symbol) = TRACES[language]
    found, name = first(index, trace)
    assert found == path
    assert name.rpartition(".")[2] == symbol.rpartition(".")[2]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("MAX_ENTRIES", CACHE),
        ("retry_delay", CACHE),
        ("MAX_LINES", JAVA),
        ("maxBodyBytes", GO),
        ("PAGE_SIZE", JS),
        ("MAX_DEPTH", RUST),
        ("TAX_RATE", RUBY),
        ("RETRIES", PHP),
    ],
)
def test_a_constant_is_found_where_it_is_defined(index: Index, name: str, path: str) -> None:
    assert first(index, name)[0] == path


def test_of_equal_evidence_the_projects_own_code_comes_before_tests(index: Index) -> None:
    paths = [hit.path for hit in index.search("MAX_ENTRIES", 50, rank="fast")]
    assert paths.index(CACHE) < paths.index("tests/test_cache.py")


def test_more_evidence_always_precedes_less(index: Index) -> None:
    for query in ("MAX_ENTRIES", "get_item", TRACES["python"][0], *(m for m, _ in MESSAGES)):
        answer = index.answer(query, 50, rank="fast")
        evidence = [part["exact"] for part in answer.contributions]
        assert evidence == sorted(evidence, reverse=True), query


@pytest.mark.parametrize(
    "query", ["get", "no such thing as a unicorn", "KeyError:", "File", "a.py:3", "x", "value"]
)
def test_what_stands_nowhere_or_anywhere_is_no_exact_evidence(index: Index, query: str) -> None:
    answer = index.answer(query, 50, rank="fast")
    assert not any(part["exact"] for part in answer.contributions)


def test_a_rewritten_place_is_found_where_it_is_now(
    write: Callable[..., Path], open_index: Callable[[], Index]
) -> None:
    write("a.py", "def one():\n    return 'the old message stands here'\n")
    index = open_index()
    write("a.py", "def one():\n    return 1\n\n\ndef two():\n    return 'the new message stands'\n")
    index.refresh()
    assert index.search("the new message stands", rank="fast")[0].symbol == "two"
    answer = index.answer("the old message stands here", rank="fast")
    assert not any(part["exact"] for part in answer.contributions)
