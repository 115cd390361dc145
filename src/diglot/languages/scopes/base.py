"""What the scope rules of a language are: plain data, with a compiled query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import tree_sitter

from diglot.languages.base import Language, grammar_of

Role = Literal["class", "function", "parameter", "variable"]

ROLES: tuple[Role, ...] = ("class", "function", "parameter", "variable")


@dataclass(frozen=True, kw_only=True)
class ScopeRules:
    """How one language binds names, defined by one file in `rules/`.

    The query marks scopes and identifiers. Of several captures of one node, the one whose name
    appears last in the query counts.

    Scopes, from the first byte of the node to its last; of those of one span, the first in the
    query is the outermost:

    - `@scope`: a block. `@scope.function`: where hoisted names are declared; `this` changes there.
      `@scope.arrow`: a function that keeps `this`. `@scope.class`: members, seen by bare names
      inside. `@scope.opaque`: a class whose members are not. `@scope.types`: type parameters,
      around a function or class of the same span. `@scope.gate`: a function that sees nothing
      around it but functions and classes. `@scope.closure`: the same, but keeps `this`.
    - `@outside`: belongs to the scope around the innermost one (default values, annotations).
    - `@later`: names declared in here are visible from its end on.
    - `@frozen`: what is named in here keeps its name; `@thawed`: an identifier that does not.
    - `@dynamic`: reads names at run time; the function around it keeps its variables.
      `@dynamic.all`: all scopes around it keep all names.

    Identifiers:

    - `@name`: any use; `@name.function`, `@name.class`, `@name.label`: a use in that namespace.
      Every identifier that takes part must be captured by one of these or `@ignore`.
    - `@class @function @parameter @variable @label`: declares that in the innermost scope.
      With `.outer`: in the one around it, and type parameters skipped; `.around`: in the one around
      it; `.hoisted`: in the function; `.assigned`: unless a block around has it already.
    - `@target`: declares what the innermost `@binds.ROLE` or `@binds.ROLE.hoisted` around it says;
      a mere use where that is a bare `@binds`.
    - `@import`: declares a name that is not to be touched; `.global`: and so in the whole file.
    - `@global`, `@nonlocal`: the scope does not own this name.
    - `@ignore`, `@ignored`: no name of this file.
    - `@member`: an attribute of what stands before it; `@member.variable`: and assigned;
      `@own`, `@own.variable`: one of `this`; `.function`: in the namespace of functions.
    - `@field`, `@method`: declares a member that bare names do not see.
    - `@keyword`: name of an argument; `@arguments`: the argument list, where the callee is a name.
    - `@key`: of a literal, whose braces are `@literal` where its type stands before them as a name;
      no variable if the type is one of `@fields`, else it keeps its name.
    - `@splat`: name of what is called with arguments whose names are unknown.
    - `@unnamed`: a parameter that no caller can name (`*args`, `**kwargs`, before `/`).
    - `@kept`: what names something at run time; all of that name keep it.
    - `@spelled`: text of a string; functions, classes and members that it may name keep their
      names. `@spelled.start`: likewise, where a program adds to the text.

    Others:

    - `@base`: what a class extends; `@open`: a class whose members are used by others unseen;
      `@decorated`: a function that is called through something else.
    - `@foreign`: also the name of a member that is used or defined elsewhere.
    - `@reflective`: reads members by their names at run time.
    - `@opens`: the class around it is open. `@anonymous`: a class whose members may override.
    - `@symbol`: a symbol that may name a member.
    - `@capital`: what is named here needs a name with a capital.
    - `@expand.NAME`: an identifier that stands for two; see `expansions`.
    """

    query: str
    namespaces: frozenset[str] = frozenset()
    """Of "function", "class", "member": those whose names are apart from those of variables."""
    receivers: frozenset[bytes] = frozenset()
    """Names that by custom mean the object a method is called on."""
    roots: frozenset[bytes] = frozenset()
    """Base classes without members that matter."""
    fixed: str = "(?!)"
    """Pattern of names that the language or its library gives a meaning."""
    fixed_members: str = "(?!)"
    """The same, of members only."""
    constructor: bytes = b""
    """Name of the method that is called by the name of its class."""
    allocator: bytes = b""
    """Name of the method that takes the same arguments before that."""
    dynamic: frozenset[bytes] = frozenset()
    """Functions that read or write names at run time; all scopes around a use keep their names."""
    dynamic_members: frozenset[bytes] = frozenset()
    """Names whose mere use means that members are looked up by strings."""
    builtins: frozenset[bytes] = frozenset()
    """Names that a module or class may use before it declares its own."""
    ordered: bool = False
    """Whether a name is visible only after its declaration, functions and classes apart."""
    implicit: bool = False
    """Whether every variable of a function is its own without a declaration."""
    types_apart: bool = False
    """Whether a type and a variable may share a name, and both be meant by it."""
    bare_calls: bool = False
    """Whether what is no variable is a function called without parentheses."""
    mangled: bool = False
    """Whether members that begin with `__` are also known as `_Class__name`."""
    sigils: bytes = b""
    """Bytes before a name that are no part of it."""
    access: tuple[bytes, ...] = (b".",)
    """What stands between an object and a member."""
    expansions: Mapping[str, str] = field(default_factory=dict)
    """What an `@expand.NAME` becomes, as a format of `old` and `new`."""
    opening: bytes = b""
    """What every whole file contains."""
    wrappers: tuple[tuple[str, str], ...] = ()
    """What to put around a function cut out of its file until it parses."""

    def __hash__(self) -> int:
        return id(self)


@dataclass(frozen=True, slots=True)
class Binding:
    """One declared thing and where its name stands."""

    name: str
    """As declared, without `$` or `@`."""
    role: Role
    spans: list[tuple[int, int]]
    """Byte offsets of every occurrence with the declaration, sorted."""


@cache
def scope_query(language: Language, rules: ScopeRules) -> tree_sitter.Query:
    """Compile the query of a language's scope rules."""
    return tree_sitter.Query(grammar_of(language), rules.query)


@cache
def capture_order(language: Language, rules: ScopeRules) -> tuple[str, ...]:
    """Names of the captures in the order in which they override each other."""
    query = scope_query(language, rules)
    return tuple(query.capture_name(index) for index in range(query.capture_count))
