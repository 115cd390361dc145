from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "locals, lambdas and patterns": """
class A₀ {
    int F₁(ref int a₂, out int b₃, int c = 1) {
        var d₄ = a₂; int e₅ = d₄, f₆;
        foreach (var g₇ in b₃) { int h₈ = g₇; } foreach (var (i₉, j₁₀) in c) { Use(i₉, j₁₀); }
        Func<int, int> k₁₁ = l₁₂ => l₁₂ + d₄; Func<int> m₁₃ = (n₁₄, int o₁₅) => { return n₁₄; };
        if (d₄ is string p₁₆ && p₁₆.Length > 0) Use(p₁₆);
        switch (d₄) { case int q₁₇ when q₁₇ > 1: break;
            case Point { X: var r₁₈ }: Use(r₁₈); break; }
        int.TryParse("1", out var s₁₉); Use(s₁₉, e₅);
        try { } catch (E t₂₀) when (t₂₀.M) { }
        int Local₂₁(int u₂₂) { return u₂₂ + f₆; }
        lab₂₃: goto lab₂₃;
        return Local₂₁(1) + this.F₁(c: 1) + $"{d₄:0}";
    }
}
""",
    "a name that is printed": """
class A₀ { void F₁(int a, int b₂) { throw new E(nameof(a), a, b₂); } }
""",
    "queries and anonymous objects": """
class A₀ {
    object F₁(int cs₂) {
        return from c₃ in cs₂ let d₄ = c₃.X join e₅ in es on c₃.Id equals e₅.Id into g₆
            where d₄ > 1 orderby g₆ select new { c₃, Y = d₄, e₅.Z };
    }
}
""",
    "members": """
namespace N {
    class A₀<T₁> where T₁ : class {
        private int x₂ = 1;
        static readonly T₁ Shared₃;
        public int Size₄ { get { return x₂; } set { x₂ = value; } }
        A₀(int x₅) { this.x₂ = x₅ + Size₄ + Grow₆(); }
        int Grow₆() => this.Grow₆() + other.Public;
        public int Public;
        public override string ToString() => base.ToString();
        static void Main(string[] args₇) { new A₀<T₁>(1) { Public = 2 }; }
    }
    class B₈ : Foreign { int y; int G() { return y; } }
    partial class C₉ { int z; }
    record D₁₀(int W) { int V₁₁() => W; }
    enum E₁₂ { One, Two }
    delegate void F₁₃(int p₁₄);
}
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "csharp") == code
