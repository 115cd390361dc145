from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "blocks and shadowing": """
class A‹0› {
    private int x‹1› = 1;
    int f‹2›(int p‹3›) {
        x‹1› = 2;
        int x‹4› = this.x‹1› + p‹3›;
        { int y‹5› = x‹4›; }
        { int y‹6› = x‹4›; }
        for (int i‹7› = 0; i‹7› < 1; i‹7›++) use(i‹7›);
        for (String s‹8› : p‹3›) s‹8›.length();
        return y;
    }
}
""",
    "lambdas, patterns, resources and labels": """
class A‹0› {
    void f‹1›(Object o‹2›, int... more‹3›) {
        F g‹4› = (a‹5›, b‹6›) -> a‹5› + b‹6›, h‹7› = c‹8› -> { int d‹9› = c‹8›; return d‹9›; };
        if (o‹2› instanceof String s‹10› && s‹10›.isEmpty()) use(s‹10›);
        try (R r‹11› = open(more‹3›)) { use(r‹11›); } catch (E | F e‹12›) { throw e‹12›; }
        out‹13›: while (true) break out‹13›;
    }
}
""",
    "classes, constructors, type parameters and what inherits": """
class A‹0›<T‹1›> {
    protected T‹1› t‹2›;
    A‹0›(T‹1› t‹3›) { this.t‹2› = t‹3›; }
    static <U‹4›> A‹0›<U‹4›> of‹5›(U‹4› u‹6›) { return new A‹0›<>(u‹6›); }
    int size‹7›() { return size‹7›() + this.size‹7›() + A‹0›.of‹5›(1).other(); }
    public String toString() { return super.toString(); }
    public static void main(String[] args‹8›) { F f‹9› = A‹0›::of‹5›; }
}
class B‹10› extends A‹0›<String> {
    int size‹7›() { return t‹2›.length(); }
    class C‹11› { int d‹12› = t‹2›; }
}
""",
    "members that may override or be known elsewhere": """
class A‹0› extends Foreign { int x; int f() { return this.x; } }
class B‹1› { int y; int g() { return new B‹1›().y; } Object h‹2›() { return new I() { public int g() { return 1; } }; } }
@Data class C‹3› { int z; }
record D‹4›(int w) { int v() { return w + w(); } }
enum E‹5› { ONE; E‹5› self‹6›() { return ONE; } }
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "java") == code
