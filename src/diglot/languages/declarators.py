"""Declarators of C: what `int *(*name(int))[3]` declares, and whether it is a function."""

from __future__ import annotations

import tree_sitter

DECLARATOR = "declarator"
"""How the types of their nodes end."""
_GROUPING = frozenset({"parenthesized_declarator", "attributed_declarator"})
_NAMES = ("identifier", "_name", "operator_cast", "template_function")
_PROTOTYPES = frozenset({"identifier", "field_identifier", "operator_name", "destructor_name"})
"""Names of functions that a file declares for others; a qualified one declares nothing new."""


def declared(kind: str, node: tree_sitter.Node) -> tuple[str, tree_sitter.Node | None]:
    """Follow a declarator inwards.

    Args:
        kind: what the query calls the construct.
        node: its outermost declarator.

    Returns:
        The kind, `method` for a function whose name says what it belongs to; and the node of the
        name, None where the kind is a function and what is declared is none.
    """
    found: tree_sitter.Node | None = node
    is_function = False
    while found is not None and found.type.endswith(DECLARATOR):
        if found.type not in _GROUPING:
            is_function = found.type == "function_declarator"
        found = _inner(found)
        if found is not None and found.type == "qualified_identifier":
            name = found.child_by_field_name("name")
            if name is not None and name.type.endswith(DECLARATOR):  # `Klass::*name`
                found = name
    if found is None or kind not in ("function", "prototype"):
        return kind, found
    if not is_function or (kind == "prototype" and found.type not in _PROTOTYPES):
        return kind, None
    is_member = kind == "function" and found.type == "qualified_identifier"
    return "method" if is_member else kind, found


def _inner(node: tree_sitter.Node) -> tree_sitter.Node | None:
    inner = node.child_by_field_name(DECLARATOR)
    if inner is not None:
        return inner
    return next(
        (one for one in node.named_children if one.type.endswith((DECLARATOR, *_NAMES))), None
    )
