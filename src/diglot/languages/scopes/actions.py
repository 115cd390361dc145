"""What the captures of a query say of identifiers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from diglot.languages.base import Language
from diglot.languages.scopes.base import Role, ScopeRules, capture_order
from diglot.languages.scopes.scope import FOREIGN

FUNCTION, CLASS, LABEL, MEMBER = b"(", b":", b"^", b"."
"""Prefixes of names that are apart from those of variables."""
PREFIXES = FUNCTION + CLASS + LABEL + MEMBER


class Act(Enum):
    """What a capture says of an identifier."""

    USE = auto()
    DECLARE = auto()
    FIELD = auto()
    MEMBER = auto()
    OWN = auto()
    KEYWORD = auto()
    GLOBAL = auto()
    NONLOCAL = auto()
    IGNORE = auto()


@dataclass(frozen=True, slots=True)
class Action:
    """An act with its particulars."""

    act: Act
    prefix: bytes = b""
    role: Role | str = ""
    place: str = ""


IGNORE = Action(Act.IGNORE)


@cache
def actions_of(language: Language, rules: ScopeRules) -> dict[str, Action]:
    """What each capture of identifiers says, in the order in which they override each other."""
    found = {}
    for capture in capture_order(language, rules):
        action = _action(capture, rules)
        if action is not None:
            found[capture] = action
    return found


def _action(capture: str, rules: ScopeRules) -> Action | None:
    head, _, detail = capture.partition(".")
    prefixes = {
        "function": FUNCTION if "function" in rules.namespaces else b"",
        "class": CLASS if "class" in rules.namespaces else b"",
        "label": LABEL,
        "member": MEMBER if "member" in rules.namespaces else b"",
    }
    method = prefixes["function"] or prefixes["member"]
    match head:
        case "name":
            return Action(Act.USE, prefixes.get(detail, b""))
        case "class" | "function" | "parameter" | "variable":
            return Action(Act.DECLARE, prefixes.get(head, b""), head, detail)
        case "label":
            return Action(Act.DECLARE, LABEL, "variable", "hoisted")
        case "import":
            prefix = CLASS if detail == "class" else b""
            return Action(Act.DECLARE, prefix, FOREIGN, detail)
        case "field":
            return Action(Act.FIELD, prefixes["member"], "variable")
        case "method":
            return Action(Act.FIELD, method, "function")
        case "member" | "own":
            act = Act.MEMBER if head == "member" else Act.OWN
            prefix = method if detail == "function" else prefixes["member"]
            prefix = prefixes["class"] if detail == "class" else prefix
            return Action(act, prefix, detail if detail == "variable" else "")
        case "keyword":
            return Action(Act.KEYWORD)
        case "global":
            return Action(Act.GLOBAL)
        case "nonlocal":
            return Action(Act.NONLOCAL)
        case "ignore" | "ignored":
            return IGNORE
    return None
