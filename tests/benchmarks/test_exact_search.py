from __future__ import annotations

import math
import random

import pytest
from benchmarks.asking import Place
from benchmarks.exact_lines import text_questions, unique_lines
from benchmarks.exact_messages import java_messages, message_questions, python_messages
from benchmarks.exact_names import name_questions, notations
from benchmarks.exact_questions import Question, holders, rank_around, rank_of_answer
from benchmarks.exact_traces import _WRITERS, trace_questions
from benchmarks.verdict_questions import comment_questions

from diglot.types import Hit

BOX = Place("a.py", 1, 20, "Box", "class")
GET = Place("a.py", 3, 6, "Box.get", "method")
PUT = Place("a.py", 8, 14, "Box.put", "method")
INNER = Place("a.py", 10, 12, "Box.put.check", "function")


def hit(place):
    return Hit(
        place.path,
        place.start_line,
        place.end_line,
        place.symbol,
        place.kind,
        "python",
        1.0,
        0.5,
        "",
    )


def asked(questions):
    return {(question.kind, question.text) for question in questions}


def test_a_line_belongs_to_the_smallest_unit_and_functions_around_it():
    units = [BOX, GET, PUT, INNER]
    assert holders(units, "a.py", 2) == (BOX,)
    assert holders(units, "a.py", 4) == (GET,)
    assert holders(units, "a.py", 11) == (PUT, INNER)
    assert holders(units, "a.py", 30) == holders(units, "b.py", 4) == ()


def test_a_class_around_the_answer_is_not_the_answer():
    question = Question("r", "qualified", "Box.get", (GET,))
    hits = [hit(BOX), hit(PUT), hit(GET)]
    assert rank_of_answer(hits, question) == 3
    assert rank_around(hits, question) == 1
    assert rank_of_answer([], question) == math.inf


def test_names_that_two_units_share_are_not_asked():
    other = Place("b.py", 1, 4, "Bag.get", "method")
    block = Place("c.rb", 1, 4, "Box.keeps what it is given", "function")
    questions = asked(name_questions("r", "python", [BOX, GET, PUT, INNER, other, block]))
    assert not any(" " in text for _, text in questions)
    assert ("qualified", "Box.get") in questions
    assert ("qualified", "Bag.get") in questions
    assert ("bare", "put") in questions
    assert ("bare", "get") not in questions
    assert ("class and name", "put.check") in questions
    assert not any(text == "Box" for _, text in questions)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("java", ["A.B#c", "A.B::c"]),
        ("ruby", ["A::B#c", "A::B::c"]),
        ("rust", ["A::B::c"]),
        ("php", ["A\\B::c", "A\\B->c"]),
        ("python", []),
    ],
)
def test_a_language_has_its_own_notation(language, expected):
    assert notations(["A", "B", "c"], language) == expected


def test_lines_that_stand_twice_or_say_nothing_are_not_asked():
    lines = {"a.py": ["def f(x):", "    return 1", "    }", ""], "b.rb": ["return 1", "only_here"]}
    assert unique_lines(lines, (".py",)) == [("a.py", 1, "def f(x):")]
    assert unique_lines(lines, (".rb",)) == [("b.rb", 2, "only_here")]


def test_phrases_and_constants_are_asked_with_the_unit_that_holds_them():
    lines = {"a.py": ["class Box:", "", "# words that stand here once", "flag = 0x2800", "", ""]}
    questions = text_questions("r", "python", lines, [BOX, GET], 5, seed=0)
    assert ("constant", "0x2800") in asked(questions)
    assert ("phrase", '"words that stand here"') in asked(questions)
    assert {q.answers for q in questions if q.kind in ("constant", "phrase")} == {(GET,)}


def test_messages_are_what_a_user_sees():
    source = (
        "def f(x):\n"
        "    raise ValueError(f'no such option {x!r} here')\n"
        "    raise KeyError('cannot find %s in %d rows' % (x, 1))\n"
        "    raise Other(x)\n"
        "    fail('got {n} values, wanted one'.format(n=x))\n"
        "    raise TypeError('one part '\n"
        "        'and another part')\n"
    )
    found = {message.line: message for message in python_messages(source)}
    assert sorted(found) == [2, 3, 5, 6]
    for line, start in ((2, "ValueError: no such option "), (3, "KeyError: cannot find ")):
        shown = found[line].shown(random.Random(0), with_name=True)
        assert shown.startswith(start)
        assert not set(shown) & set("%{}")
    assert found[6].shown(random.Random(0), False) == "one part and another part"


def test_messages_of_java_have_their_operands_filled_in():
    thrown = 'throw new Bad("no field " + name +\n    " in \\"it\\"");'
    source = f"void f() {{\n  {thrown}\n  throw new Bad(x);\n}}"
    [message] = java_messages(source)
    assert message.line == 2
    assert message.parts == ("no field ", None, ' in "it"')


def test_half_of_the_messages_name_the_exception():
    text = [f"raise ValueError('this is fault number {word}')" for word in "abcd"]
    questions = message_questions("r", "python", {"src/a.py": text}, [], 4, seed=1)
    assert sum(question.text.startswith("ValueError: ") for question in questions) == 2


@pytest.mark.parametrize("language", sorted(_WRITERS))
def test_traces_name_the_line_of_the_innermost_call(language):
    suffix = {"python": "py", "ruby": "rb", "rust": "rs", "typescript": "ts"}.get(
        language, language
    )
    path = f"lib/box/code.{suffix}"
    lines = {path: [f"statement_{number} = {number}" for number in range(1, 40)]}
    units = [Place(path, n * 8 + 1, n * 8 + 6, f"Box.work_{n}", "method") for n in range(4)]
    for question in trace_questions("r", language, lines, units, 3, seed=0):
        [answer] = question.answers
        assert answer.symbol.rpartition(".")[2] in question.text
        assert any(
            f"code.{suffix}:{line}" in question.text
            or f"code.{suffix}({line})" in question.text
            or f'code.{suffix}", line {line}' in question.text
            for line in range(answer.start_line + 1, answer.end_line)
        )


def test_comments_are_told_by_their_script():
    lines = {
        "a.go": ["// 在庫を調べて返す", "// checks the stock", "x := 1 // 在庫がない"],
        "b.py": ["# calcula el valor de la casa", '"""Devuelve los productos que faltan."""'],
    }
    assert comment_questions(lines, "japanese", 9, 0) == [("a.go", 1, "在庫を調べて返す")]
    assert {text for _, _, text in comment_questions({"b.py": lines["b.py"]}, "spanish", 9, 0)} == {
        "calcula el valor de la casa",
        "Devuelve los productos que faltan.",
    }
