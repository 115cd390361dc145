from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "blocks and shadowing": """
package p
var x₀ = y₁
var y₁ = 1
func f₂(a₃, b₄ int) (n₅ int, err₆ error) {
	x₇ := x₀ + a₃
	a₃, c₈ := b₄, x₇
	if x₉ := x₇; x₉ > 1 { x₁₀ := x₉; use(x₁₀, c₈) } else { use(x₉) }
	for i₁₁, x₁₂ := range x₇ { use(i₁₁, x₁₂) }
	for i₁₃ := 0; i₁₃ < 1; i₁₃++ { i₁₄ := i₁₃; use(i₁₄) }
	var d₁₅, e₁₆ = func(q₁₇ int) (r₁₈ int) { s₁₉ := q₁₇; return s₁₉ + r₁₈ }, d
	return n₅, err₆, e₁₆, i
}
""",
    "switches, channels, labels and constants": """
package p
const ( a₀ = iota; b₁ )
func f₂(v₃ any, ch₄ chan int) {
	switch t₅ := v₃.(type) { case int: use(t₅); case string: t₆ := t₅; use(t₆) }
	switch u₇ := a₀; u₇ { case b₁: w₈ := 1; use(w₈) }
	select { case m₉, ok₁₀ := <-ch₄: use(m₉, ok₁₀); case ch₄ <- 1: }
out₁₁:
	switch v₁₂ := v₃.(type) { case int: use(v₁₂) }
	for { break out₁₁; goto end₁₃ }
	_ = w
end₁₃:
}
func main() { f₂(nil, nil) }
""",
    "types, fields and methods": """
package p
import f "fmt"
type T₀ struct { a, b int; next *T₀ }
type G₁[K₂ comparable] struct { k K₂ }
func (t₃ *T₀) M(a₄ int) int { t₃.a = a₄; return t₃.M(1) }
func (g₅ G₁[K₆]) N(k₇ K₆) {}
func gen₈[E₉ any](b₁₀ int, c, Name E₉) any {
	key₁₁ := "k"
	f.Println(map[string]int{key₁₁: 1}, []int{b₁₀: 1})
	return []any{T₀{a: 1, b: b₁₀}, Other{c: c}, q.R{Name: Name}}
}
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "go") == code
