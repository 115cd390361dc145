from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "closures and nonlocal": """
def outer‹0›(a‹1›):
    b‹2› = a‹1›
    def inner‹3›():
        nonlocal b‹2›
        b‹2› += a‹1›
        return b‹2›, unknown
    return inner‹3›
""",
    "global": """
total‹0› = 0
def add‹1›(amount‹2›):
    global total‹0›, fresh‹3›
    total‹0› += amount‹2›
    fresh‹3› = total‹0›
print(fresh‹3›)
""",
    "a local shadows a global, before it is assigned too": """
x‹0› = 1
def f‹1›():
    print(x‹2›)
    x‹2› = 2
    return x‹2›
print(x‹0›)
""",
    "comprehensions": """
def f‹0›(x‹1›):
    a‹2› = [x‹3› for x‹3› in x‹1› if x‹3› for y‹4› in x‹3› if (last‹5› := y‹4›)]
    return {k‹6›: v‹7› for k‹6›, v‹7› in a‹2›}, last‹5›, (x‹8› for x‹8› in x‹1›), x‹1›
""",
    "the body of a class is not seen by its methods": """
size‹0› = 1
class A‹1›(Base):
    colour = 2
    other = colour
    def f(self‹2›, a‹3›=colour):
        return size‹0›, colour, [a‹3› for _‹4› in self‹2›.size]
""",
    "a class that reads a name before it has one of its own": """
size = 1
class A‹0›:
    size = size
    def f‹1›(self‹2›):
        return self‹2›.f‹1›(size)
""",
    "defaults, annotations and decorators are outside": """
a‹0› = b‹1› = c‹2› = 1
@a‹0›
def f‹3›(a‹4›: a‹0› = a‹0›, *b‹5›: b‹1›, **c‹6›) -> c‹2›:
    return a‹4›, b‹5›, c‹6›
g‹7› = lambda a‹8›, b‹9›=a‹0›: a‹8› + b‹9›
def h‹10›(k‹11›=lambda n‹12›: n‹12›): return k‹11›
""",
    "all that assigns": """
def f‹0›():
    with a as b‹1›, c as (d‹2›, [e‹3›]): pass
    for i‹4›, (*j‹5›, k‹6›) in x: pass
    try: pass
    except E as error‹7›: raise error‹7›
    (l‹8›, m.n), o[0] = 1, 2
    p‹9›: int
    del q‹10›
    import r, s.t, u as v
    from w import y, z as zz
    while (n‹11› := next(b‹1›)): pass
    return d‹2›, e‹3›, i‹4›, j‹5›, k‹6›, l‹8›, p‹9›, r, s, v, y, zz, n‹11›
""",
    "patterns": """
def f‹0›(x‹1›):
    match x‹1›:
        case Point(a=0, b=c‹2›) | [c‹2›, *_]: return c‹2›
        case {"k": d‹3›, **rest‹4›} if d‹3›: return rest‹4›
        case A.B | None: pass
        case (e‹5›, Point() as g‹6›): return e‹5›, g‹6›
        case other‹7›: return other‹7›
""",
    "type parameters": """
class A‹0›[T‹1›]:
    x‹2›: T‹1›
    def f‹3›[U‹4›: int](self‹5›, u‹6›: U‹4›) -> T‹1›: return u‹6›
type Pair‹7›[T‹8›] = tuple[T‹8›, T‹8›]
def g‹9›[T‹10›](t‹11›: T‹10›) -> Pair‹7›[T‹10›]: return t‹11›
""",
    "arguments that are named": """
def f‹0›(a‹1›, b‹2›=1, c=2): return a‹1› + b‹2› + c
f‹0›(1, b‹2›=f‹0›(a‹1›=3))
g(c=4)
""",
    "a decorated function is called through another": """
@click.command
def f‹0›(a): return a
f‹0›(a=1)
""",
    "arguments that are unknown": """
def f‹0›(a): return a
def g‹1›(b‹2›, **c‹3›): return f‹0›(**c‹3›)
class A‹4›:
    def __init__(self, d): self.d‹5› = d
    def m‹6›(self‹7›): return A‹4›(**x)
""",
    "members of a class of which all is known": """
class A‹0›:
    limit‹1› = 3
    def __init__(self‹2›, size‹3›):
        self‹2›._size‹4› = size‹3›
        self‹2›.public = size‹3›
    def grow‹5›(self‹6›):
        self‹6›._size‹4› += A‹0›.limit‹1›
        return self‹6›.grow‹5›() + self‹6›.unknown + self‹6›.__dunder__
class B‹7›(A‹0›):
    def shrink‹8›(self‹9›): return self‹9›._size‹4›
b‹10›.public = 1
""".replace("b‹10›", "b"),
    "members that may override or be known elsewhere": """
class A‹0›(Foreign):
    def run(self‹1›): self‹1›.x = 1
@dataclass
class B‹2›:
    x: int
    def f(self‹3›): return self‹3›.x
class C‹4›(A‹0›):
    def g(self‹5›): return self‹5›.run()
""",
    "members by name": """
class A‹0›:
    def f(self‹1›): self‹1›.x = getattr(self‹1›, "f")
""",
    "private names that are also spelt as the compiler does": """
class A‹0›:
    def f‹1›(self‹2›): self‹2›.__x = self‹2›.__y‹3› = 1
z‹4› = A‹0›()._A__x
""".replace("A‹0›()", "A()")
    .replace("class A‹0›", "class A‹0›")
    .replace("z‹4› = A()", "z‹4› = A‹0›()"),
    "run-time names": """
def f‹0›(a‹1›):
    def g‹2›(b):
        c = b
        return locals()
    return g‹2›(a‹1›)
""",
    "eval reaches all scopes around it": """
def f(a):
    def g(b): return eval("a + b")
    def h‹0›(c‹1›): return c‹1›
def i(d‹2›): return d‹2›
""".replace("h‹0›(c‹1›): return c‹1›", "h(c‹0›): return c‹0›").replace("d‹2›", "d‹1›"),
    "an f-string that prints the name": """
def f‹0›(a, b‹1›): return f"{a=} {b‹1›!r:{b‹1›}}"
""",
    "built-ins and what may fall back to them": """
try: text
except NameError: text‹0› = str
input = input
def open‹1›(path‹2›): return path‹2›
open‹1›(id(1))
""".replace("try: text\n", "try: text‹0›\n"),
    "names beyond ASCII": """
def größe‹0›(ñ‹1›): return "é" + ñ‹1›
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "python") == code
