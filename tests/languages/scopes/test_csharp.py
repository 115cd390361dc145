from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "locals, lambdas and patterns": """
class A‹0› {
    int F‹1›(ref int a‹2›, out int b‹3›, int c = 1) {
        var d‹4› = a‹2›; int e = d‹4›, f‹6›;
        foreach (var g‹7› in b‹3›) { int h‹8› = g‹7›; } foreach (var (i‹9›, j‹10›) in c) { Use(i‹9›, j‹10›); }
        Func<int, int> k‹11› = l‹12› => l‹12› + d‹4›; Func<int> m‹13› = (n‹14›, int o‹15›) => { return n‹14›; };
        if (d‹4› is string p‹16› && p‹16›.Length > 0) Use(p‹16›);
        switch (d‹4›) { case int q‹17› when q‹17› > 1: break; case Point { X: var r‹18› }: Use(r‹18›); break; }
        int.TryParse("1", out var s‹19›); Use(s‹19›, nameof(e));
        try { } catch (E t‹20›) when (t‹20›.M) { }
        int Local‹21›(int u‹22›) { return u‹22› + f‹6›; }
        lab‹23›: goto lab‹23›;
        return Local‹21›(1) + this.F‹1›(c: 1) + $"{d‹4›:0}";
    }
}
""",
    "queries and anonymous objects": """
class A‹0› {
    object F‹1›(int cs‹2›) {
        return from c‹3› in cs‹2› let d‹4› = c‹3›.X join e‹5› in es on c‹3›.Id equals e‹5›.Id into g‹6›
            where d‹4› > 1 orderby g‹6› select new { c‹3›, Y = d‹4›, e‹5›.Z };
    }
}
""",
    "members": """
namespace N {
    class A‹0›<T‹1›> where T‹1› : class {
        private int x‹2› = 1;
        static readonly T‹1› Shared‹3›;
        public int Size‹4› { get { return x‹2›; } set { x‹2› = value; } }
        A‹0›(int x‹5›) { this.x‹2› = x‹5› + Size‹4› + Grow‹6›(); }
        int Grow‹6›() => this.Grow‹6›() + other.Public;
        public int Public;
        public override string ToString() => base.ToString();
        static void Main(string[] args‹7›) { new A‹0›<T‹1›>(1) { Public = 2 }; }
    }
    class B‹8› : Foreign { int y; int G() { return y; } }
    partial class C‹9› { int z; }
    record D‹10›(int W) { int V‹11›() => W; }
    enum E‹12› { One, Two }
    delegate void F‹13›(int p‹14›);
}
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "csharp") == code
