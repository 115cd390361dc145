"""The questions of protocol `verdict/1`."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.asking import CALLABLE, Place
from benchmarks.exact_lines import Lines, draw, unique_lines
from benchmarks.exact_messages import message_questions

OF_EACH = 20
_COMMENT = re.compile(r'^\s*(?://+|#+|/\*+|\*+|""")\s*(?P<text>[^\s*/#"].*?)\s*(?:\*+/|""")?\s*$')
_SCRIPTS = {
    "chinese": re.compile(r"[\u4e00-\u9fff]"),
    "japanese": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
    "spanish": re.compile(r"\b[^\W\d_]+\b"),
}
_LEAST = {"chinese": 4, "japanese": 6, "spanish": 4}
"""How many characters of the script, or words, a comment must have."""
PLAIN = {
    "chinese": (
        "任务执行失败后如何重试",
        "怎样计算下一次触发时间",
        "在哪里检查用户的登录状态",
        "执行器如何注册到调度中心",
        "清理过期的调度日志",
        "密码是怎么加密的",
    ),
    "japanese": (
        "足りない商品を調べる",
        "空き部屋はどうやって見つけるのか",
        "本の返却が遅れたときの罰金",
        "手取りの給料はどこで計算しているか",
        "予約のキャンセル処理",
        "賞与の割り当て方",
    ),
    "spanish": (
        "¿dónde se calcula la multa por retraso?",
        "buscar habitación libre",
        "cómo se cancela una reserva",
        "impuesto que se descuenta del sueldo",
        "productos que faltan en el almacén",
        "quién cobra más de todos",
    ),
}
"""Questions in a user's own words, each of which one function of the searched tree answers."""


def mixed_questions(
    repository: str, lines: Lines, units: Sequence[Place], elsewhere: Lines, seed: int
) -> dict[str, list[str]]:
    """Twenty questions of each of five kinds on a repository of Python.

    Args:
        repository: its name.
        lines: of its files.
        units: all units of its index.
        elsewhere: lines of another repository, whose docstrings are questions without an answer.
        seed: of the choice.
    """
    choice = random.Random(f"{seed} {repository} verdict")
    symbols = sorted({unit.symbol for unit in units if unit.kind in CALLABLE})
    drawn = draw(unique_lines(lines, (".py",)), OF_EACH, f"{seed} {repository} verdict")
    messages = message_questions(repository, "python", lines, units, OF_EACH, seed)
    return {
        "symbol": choice.sample(symbols, OF_EACH),
        "line": [text for _, _, text in drawn],
        "message": [question.text for question in messages],
        "words": choice.sample(summaries(lines), OF_EACH),
        "words of another repository": choice.sample(summaries(elsewhere), OF_EACH),
    }


def summaries(lines: Lines) -> list[str]:
    """First lines of the docstrings of functions of Python, each once and in order."""
    found = set()
    for path, text in lines.items():
        if not path.endswith(".py"):
            continue
        for node in ast.walk(ast.parse("\n".join(text))):
            if isinstance(node, ast.FunctionDef):
                first = (ast.get_docstring(node) or "").strip().partition("\n")[0]
                if len(first.split()) > 3:
                    found.add(first)
    return sorted(found)


def comment_questions(
    lines: Lines, language: str, limit: int, seed: int
) -> list[tuple[str, int, str]]:
    """Path, line and text of comments in a language of people, which stand once in the lines."""
    found = list(_comments(lines, language))
    times = Counter(text for _, _, text in found)
    once = [place for place in found if times[place[2]] == 1]
    return draw(once, limit, f"{seed} {language} comments")


def _comments(lines: Lines, language: str) -> Iterable[tuple[str, int, str]]:
    for path, text in lines.items():
        if not path.endswith((".py", ".js", ".go", ".java")):
            continue
        for number, line in enumerate(text, 1):
            match = _COMMENT.match(line)
            if match and len(_SCRIPTS[language].findall(match["text"])) >= _LEAST[language]:
                yield path, number, match["text"]
