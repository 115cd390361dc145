from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "functions see nothing around them": """<?php
$x‹0› = 1;
$shared = 2;
function f‹1›($x‹2›, &$y‹3›, ...$z‹4›) {
    global $shared;
    static $n‹5› = 0;
    $w‹6› = "$x‹2› {$y‹3›->p} $z‹4›[0]";
    preg_match($w‹6›, $x‹2›, $m‹7›);
    foreach ($m‹7› as $k‹8› => &$v‹9›) { [$a‹10›, 'q' => $b‹11›] = $v‹9›; }
    try { g(); } catch (E $e‹12›) { throw $e‹12›; }
    return [$k‹8›, $a‹10›, $b‹11›, $n‹5›, $shared, $_GET];
}
f‹1›($x‹0›);
""",
    "closures": """<?php
function f‹0›($a‹1›, $b‹2›) {
    $c‹3› = function ($d‹4›) use ($a‹1›, &$b‹2›) { $e‹5› = $d‹4› + $a‹1›; $b‹2›++; return $e‹5›; };
    $e‹6› = fn($d‹7›) => $d‹7› + $a‹1› + $c‹3›(1);
    return $e‹6›;
}
""",
    "names that are looked up": """<?php
function f‹0›($a) { return compact('a'); }
function g‹1›($a) { extract($a); return $b; }
function h‹2›($a) { $$a = 1; }
function i‹3›($a‹4›) { return $a‹4›; }
""",
    "named arguments": """<?php
function f‹0›($a‹1›, $b = 1) { return $a‹1› + $b; }
f‹0›(a‹1›: 1);
$o->m(b: 2);
""",
    "classes": """<?php
class A‹0› {
    const C = 1;
    private $x;
    public $y;
    private static $z‹2› = 0;
    public function __construct($x‹3›, private $w) { $this->x‹1› = $x‹3›; self::$z‹2›++; A‹0›::$z‹2› = $w; }
    private function f‹4›() { return $this->f‹4›() + static::g‹5›() + self::C + $this->other; }
    private static function g‹5›() { $h‹6› = function () { return $this->x‹1›; }; return A‹0›::g‹5›(); }
}
class B‹7› extends A‹0› implements Countable { public function count() { return $this->f(); } }
class D‹8› { private $v; function n() { return $this->v; } use Loggable; }
$a‹9› = new A‹0›(1);
echo $a‹9›->y, $a‹9› instanceof A‹0›;
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "php") == code
