from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "blocks and shadowing": """
class A₀ {
    private int x₁ = 1;
    int f₂(int p₃) {
        x₁ = 2;
        int x₄ = this.x₁ + p₃;
        { int y₅ = x₄; }
        { int y₆ = x₄; }
        for (int i₇ = 0; i₇ < 1; i₇++) use(i₇);
        for (String s₈ : p₃) s₈.length();
        return y;
    }
}
""",
    "lambdas, patterns, resources and labels": """
class A₀ {
    void f₁(Object o₂, int... more₃) {
        F g₄ = (a₅, b₆) -> a₅ + b₆, h₇ = c₈ -> { int d₉ = c₈; return d₉; };
        if (o₂ instanceof String s₁₀ && s₁₀.isEmpty()) use(s₁₀);
        try (R r₁₁ = open(more₃)) { use(r₁₁); } catch (E | F e₁₂) { throw e₁₂; }
        out₁₃: while (true) break out₁₃;
    }
}
""",
    "classes, constructors, type parameters and what inherits": """
class A₀<T₁> {
    protected T₁ t₂;
    A₀(T₁ t₃) { this.t₂ = t₃; }
    static <U₄> A₀<U₄> of₅(U₄ u₆) { return new A₀<>(u₆); }
    int size₇() { return size₇() + this.size₇() + A₀.of₅(1).other(); }
    public String toString() { return super.toString(); }
    public static void main(String[] args₈) { F f₉ = A₀::of₅; }
}
class B₁₀ extends A₀<String> {
    int size₇() { return t₂.length(); }
    class C₁₁ { int d₁₂ = t₂; }
}
""",
    "members that may override or be known elsewhere": """
class A₀ extends Foreign { int x; int f() { return this.x; } }
class B₁ {
    int y;
    int g() { return new B₁().y; }
    Object h₂() { return new I() { public int g() { return 1; } }; }
}
@Data class C₃ { int z; }
record D₄(int w) { int v₅() { return w + w(); } }
enum E₆ { ONE; E₆ self₇() { return ONE; } }
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "java") == code
