from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "closures and nonlocal": """
def outer₀(a₁):
    b₂ = a₁
    def inner₃():
        nonlocal b₂
        b₂ += a₁
        return b₂, unknown
    return inner₃
""",
    "global": """
total₀ = 0
def add₁(amount₂):
    global total₀, fresh₃
    total₀ += amount₂
    fresh₃ = total₀
print(fresh₃)
""",
    "a local shadows a global, before it is assigned too": """
x₀ = 1
def f₁():
    print(x₂)
    x₂ = 2
    return x₂
print(x₀)
""",
    "comprehensions": """
def f₀(x₁):
    a₂ = [x₃ for x₃ in x₁ if x₃ for y₄ in x₃ if (last₅ := y₄)]
    return {k₆: v₇ for k₆, v₇ in a₂}, last₅, (x₈ for x₈ in x₁), x₁
""",
    "the body of a class is not seen by its methods": """
size₀ = 1
class A₁(Base):
    colour = 2
    other = colour
    def f(self₂, a₃=colour):
        return size₀, colour, [a₃ for _₄ in self₂.size]
""",
    "a class that reads a name before it has one of its own": """
size = 1
class A₀:
    size = size
    def f₁(self₂):
        return self₂.f₁(size)
""",
    "defaults, annotations and decorators are outside": """
a₀ = b₁ = c₂ = 1
@a₀
def f₃(a₄: a₀ = a₀, *b₅: b₁, **c₆) -> c₂:
    return a₄, b₅, c₆
g₇ = lambda a₈, b₉=a₀: a₈ + b₉
def h₁₀(k₁₁=lambda n₁₂: n₁₂): return k₁₁
""",
    "all that assigns": """
def f₀():
    with a as b₁, c as (d₂, [e₃]): pass
    for i₄, (*j₅, k₆) in x: pass
    try: pass
    except E as error₇: raise error₇
    (l₈, m.n), o[0] = 1, 2
    p₉: int
    del q₁₀
    import r, s.t, u as v
    from w import y, z as zz
    while (n₁₁ := next(b₁)): pass
    return d₂, e₃, i₄, j₅, k₆, l₈, p₉, r, s, v, y, zz, n₁₁
""",
    "patterns": """
def f₀(x₁):
    match x₁:
        case Point(a=0, b=c₂) | [c₂, *_]: return c₂
        case {"k": d₃, **rest₄} if d₃: return rest₄
        case A.B | None: pass
        case (e₅, Point() as g₆): return e₅, g₆
        case other₇: return other₇
""",
    "type parameters": """
class A₀[T₁]:
    x₂: T₁
    def f₃[U₄: int](self₅, u₆: U₄) -> T₁: return u₆
type Pair₇[T₈] = tuple[T₈, T₈]
def g₉[T₁₀](t₁₁: T₁₀) -> Pair₇[T₁₀]: return t₁₁
""",
    "arguments that are named": """
def f₀(a₁, b₂=1, c=2): return a₁ + b₂ + c
f₀(1, b₂=f₀(a₁=3))
g(c=4)
""",
    "arguments of constructors and methods that are named": """
class A₀:
    def __init__(self₁, size₂, other=1): self₁._grow₃(by₄=size₂)
    def _grow₃(self₅, by₄): return self₅, by₄, sorted(self₅, key=len)
    def _twice₆(self₇, key₈): return key₈
A₀(size₂=1)
unknown(other=2)
class B₉(Foreign):
    def __init__(self₁₀, x): return x
B₉(x=1)
""",
    "a decorated function is called through another": """
@click.command
def f₀(a): return a
f₀(a=1)
""",
    "arguments that are unknown": """
def f₀(a): return a
def g₁(b₂, **c₃): return f₀(**c₃)
class A₄:
    def __init__(self, d): self.d₅ = d
    def m₆(self₇): return A₄(**x)
""",
    "members of a class of which all is known": """
class A₀:
    limit₁ = 3
    def __init__(self₂, size₃):
        self₂._size₄ = size₃
        self₂.public = size₃
    def grow₅(self₆):
        self₆._size₄ += A₀.limit₁
        return self₆.grow₅() + self₆.unknown + self₆.__dunder__
class B₇(A₀):
    def shrink₈(self₉): return self₉._size₄
b₁₀.public = 1
""".replace("b₁₀", "b"),
    "members that may override or be known elsewhere": """
class A₀(Foreign):
    def run(self₁): self₁.x = 1
@dataclass
class B₂:
    x: int
    def f(self₃): return self₃.x
class C₄(A₀):
    def g(self₅): return self₅.run()
""",
    "members by name": """
class A₀:
    def f(self₁): self₁.x = getattr(self₁, "f")
""",
    "private names that are also spelt as the compiler does": """
class A₀:
    def f₁(self₂): self₂.__x = self₂.__y₃ = 1
z₄ = A₀()._A__x
""".replace("A₀()", "A()")
    .replace("class A₀", "class A₀")
    .replace("z₄ = A()", "z₄ = A₀()"),
    "run-time names": """
def f₀(a₁):
    def g₂(b):
        c = b
        return locals()
    return g₂(a₁)
""",
    "eval reaches all scopes around it": """
def f(a):
    def g(b): return eval("a + b")
    def h₀(c₁): return c₁
def i(d₂): return d₂
""".replace("h₀(c₁): return c₁", "h(c₀): return c₀").replace("d₂", "d₁"),
    "an f-string that prints the name": """
def f₀(a, b₁): return f"{a=} {b₁!r:{b₁}}"
""",
    "built-ins and what may fall back to them": """
try: text
except NameError: text₀ = str
input = input
def open₁(path₂): return path₂
open₁(id(1))
""".replace("try: text\n", "try: text₀\n"),
    "names beyond ASCII": """
def größe₀(ñ₁): return "é" + ñ₁
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "python") == code
