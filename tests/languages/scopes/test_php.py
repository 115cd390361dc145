from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "functions see nothing around them": """<?php
$x₀ = 1;
$shared = 2;
function f₁($x₂, &$y₃, ...$z₄) {
    global $shared;
    static $n₅ = 0;
    $w₆ = "$x₂ {$y₃->p} $z₄[0]";
    preg_match($w₆, $x₂, $m₇);
    foreach ($m₇ as $k₈ => &$v₉) { [$a₁₀, 'q' => $b₁₁] = $v₉; }
    try { g(); } catch (E $e₁₂) { throw $e₁₂; }
    return [$k₈, $a₁₀, $b₁₁, $n₅, $shared, $_GET];
}
f₁($x₀);
""",
    "closures": """<?php
function f₀($a₁, $b₂) {
    $c₃ = function ($d₄) use ($a₁, &$b₂) { $e₅ = $d₄ + $a₁; $b₂++; return $e₅; };
    $e₆ = fn($d₇) => $d₇ + $a₁ + $c₃(1);
    return $e₆;
}
""",
    "names that are looked up": """<?php
function f₀($a) { return compact('a'); }
function g₁($a) { extract($a); return $b; }
function h₂($a) { $$a = 1; }
function i₃($a₄) { return $a₄; }
""",
    "named arguments": """<?php
function f₀($a₁, $b = 1) { return $a₁ + $b; }
f₀(a₁: 1);
$o->m(b: 2);
""",
    "classes": """<?php
class A₀ {
    const C = 1;
    private $x₁;
    public $y;
    private static $z₂ = 0;
    public function __construct($x₃, private $w) { $this->x₁ = $x₃; self::$z₂++; A₀::$z₂ = $w; }
    private function f₄() { return $this->f₄() + static::g₅() + self::C + $this->other; }
    private static function g₅() { $h₆ = function () { return $this->x₁; }; return A₀::g₅(); }
}
class B₇ extends A₀ { public function h₈() { return $this->f₄() + $this->h₈(); } }
class D₉ { private $v; function n() { return $this->v; } use Loggable; }
class E₁₀ implements Countable { private $u; function count() { return $this->u; } }
$a₁₁ = new A₀(1);
echo $a₁₁->y, $a₁₁ instanceof A₀;
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "php") == code
