from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "blocks and shadowing": """
package p
var x‹0› = y‹1›
var y‹1› = 1
func f‹2›(a‹3›, b‹4› int) (n‹5› int, err‹6› error) {
	x‹7› := x‹0› + a‹3›
	a‹3›, c‹8› := b‹4›, x‹7›
	if x‹9› := x‹7›; x‹9› > 1 { x‹10› := x‹9›; use(x‹10›, c‹8›) } else { use(x‹9›) }
	for i‹11›, x‹12› := range x‹7› { use(i‹11›, x‹12›) }
	for i‹13› := 0; i‹13› < 1; i‹13›++ { i‹14› := i‹13›; use(i‹14›) }
	var d‹15›, e‹16› = func(q‹17› int) (r‹18› int) { s‹19› := q‹17›; return s‹19› + r‹18› }, d
	return n‹5›, err‹6›, e‹16›, i
}
""",
    "switches, channels, labels and constants": """
package p
const ( a‹0› = iota; b‹1› )
func f‹2›(v‹3› any, ch‹4› chan int) {
	switch t‹5› := v‹3›.(type) { case int: use(t‹5›); case string: t‹6› := t‹5›; use(t‹6›) }
	switch u‹7› := a‹0›; u‹7› { case b‹1›: w‹8› := 1; use(w‹8›) }
	select { case m‹9›, ok‹10› := <-ch‹4›: use(m‹9›, ok‹10›); case ch‹4› <- 1: }
out‹11›:
	for { break out‹11› }
	_ = w
}
func main() { f‹2›(nil, nil) }
""",
    "types, fields and methods": """
package p
import f "fmt"
type T‹0› struct { a, b int; next *T‹0› }
type G‹1›[K‹2› comparable] struct { k K‹2› }
func (t‹3› *T‹0›) M(a‹4› int) int { t‹3›.a = a‹4›; return t‹3›.M(1) }
func (g‹5› G‹1›[K‹6›]) N(k‹7› K‹6›) {}
func gen‹8›[E‹9› any](b‹10› int, c, Name E‹9›) any {
	key‹11› := "k"
	f.Println(map[string]int{key‹11›: 1}, []int{b‹10›: 1})
	return []any{T‹0›{a: 1, b: b‹10›}, Other{c: c}, q.R{Name: Name}}
}
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "go") == code
