from __future__ import annotations

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.index.encodings import declared_text

RUSSIAN, JAPANESE, CHINESE, KOREAN = "вычислить сумму", "合計を計算する", "计算总和", "합계 계산"


@pytest.mark.parametrize(
    ("declaration", "codec", "text"),
    [
        ("# -*- coding: koi8-r -*-", "koi8-r", RUSSIAN),
        ("#!/usr/bin/python\n# coding=cp1251", "cp1251", RUSSIAN),
        ("# coding: iso-8859-5\r", "iso-8859-5", RUSSIAN),
        ("# vim: set fileencoding=windows-1251 :", "cp1251", RUSSIAN),
        ("# encoding: euc-jp", "euc-jp", JAPANESE),
        ("# -*- coding: shift_jis-unix -*-", "shift_jis", JAPANESE),
        ("# coding: Shift_JIS", "cp932", JAPANESE + "①"),
        ("# encoding: iso-2022-jp", "iso-2022-jp", JAPANESE),
        ("# coding: gb18030", "gb18030", CHINESE),
        ("# coding: gb2312", "gbk", CHINESE + "镕"),
        ("# coding: big5", "big5", "計算總和"),
        ("# coding: euc_kr", "euc-kr", KOREAN),
        ("# coding: latin-1", "latin-1", "größe"),
        (";; -*- mode: lisp; coding: euc-jp -*-", "euc-jp", JAPANESE),
        ("// -*- coding: shift_jis -*-", "shift_jis", JAPANESE),
        ("/* -*- coding: cp1251 -*- */", "cp1251", RUSSIAN),
        ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251", RUSSIAN),
        ('<!DOCTYPE html>\n<html><meta charset="Shift_JIS">', "shift_jis", JAPANESE),
        ("<html><meta http-equiv=x content='text/html; charset=gbk'>", "gbk", CHINESE),
    ],
)
def test_text_is_decoded_as_it_declares(declaration: str, codec: str, text: str) -> None:
    whole = f"{declaration}\nf()  {text}\n"
    assert declared_text(whole.encode(codec)) == whole


@pytest.mark.parametrize(
    "declaration",
    [
        *(
            "# coding: utf-8",
            "# coding: no-such",
            "# coding: ../../etc",
            "# coding: os",
            "# coding:",
        ),
        *("# coding: rot13", "# coding: hex", "# coding: zlib", "# coding: unicode_escape"),
        *("# coding: punycode", "# coding: idna", "# coding: undefined", "# coding: cp037"),
        *("# coding: utf-16", "# coding: utf_32_le", "# coding: mbcs", "# coding: __init__"),
        *("x = 1\n# coding: koi8-r", "\n\n# coding: koi8-r", "encoding='koi8-r'"),
        *('"<meta charset=koi8-r>"', "// coding: koi8-r"),
    ],
)
def test_what_is_no_declaration_or_no_encoding_of_text_is_passed_over(declaration: str) -> None:
    assert declared_text(f"{declaration}\nx\n".encode()) is None


def test_bytes_that_are_not_what_they_declare_are_not_decoded() -> None:
    assert declared_text(b"# coding: euc-jp\n\xff\xff\n") is None
    assert declared_text(b"# coding: ascii\n\xe9\n") is None


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=30))
def test_a_name_is_never_looked_up_outside_of_the_standard_text_codecs(name: str) -> None:
    asked: list[str] = []

    def search(asked_for: str) -> None:
        asked.append(asked_for)

    codecs.register(search)
    try:
        declared_text(f"# coding: {name}\n".encode())
    finally:
        codecs.unregister(search)
    assert asked == []


def test_hostile_heads_take_no_time() -> None:
    start = time.thread_time()
    for part in (b"#" * 1000, b"# coding" * 200, b"<meta " * 300, b"-*-" * 400, b"<" * 1000):
        declared_text(part + b"\n" + part)
    assert time.thread_time() - start < 1
