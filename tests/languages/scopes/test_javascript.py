from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "var is hoisted, let is not": """
function f₀(p₁) {
  if (p₁) { var a₂ = 1; let b₃ = a₂; { let b₄ = 2; use(b₄); } use(b₃); }
  return [a₂, b, g₅()];
  function g₅() { return p₁; }
}
""",
    "loops": """
for (let i₀ = 0; i₀ < 1; i₀++) { const i₁ = 2; use(i₁); }
for (const k₂ of x) use(k₂);
for (var {v₃} of x) use(v₃);
for (w₄ in x) use(w₄, k);
let w₄;
""",
    "destructuring": """
const {a₀, b: c₁, d: {e₂ = 1} = {}, [f]: g₃, ...h₄} = x, [i₅, , [j₆] = []] = y;
({a₀, b: c₁} = {a₀, c: c₁, z});
[i₅, x.y] = [j₆, e₂, g₃, h₄];
""",
    "parameters": """
const f₀ = ({a₁, b₂ = a₁}, [c₃] = [() => a₁], ...d₄) => d₄;
const g₅ = async e₆ => e₆;
const h₇ = function i₈(j₉) { return i₈(j₉); };
i();
""",
    "catch and labels": """
try {} catch ({message₀}) { use(message₀); }
try {} catch (e₁) { use(e₁); }
out₂: for (;;) { break out₂; }
""",
    "imports and exports": """
import a, {b as c, d} from "m";
import * as e from "n";
export function f(p₀) { return g₁(p₀, a, c, d, e); }
function g₁() {}
export { g₁, g₁ as h };
export const i = 1;
export default class J₂ {}
export { k } from "o";
""",
    "members of a class of which all is known": """
class A₀ {
  #x₁ = 1;
  y₂ = 2;
  z = 3;
  static w₃ = this.w₃;
  constructor() { this.#x₁ = this.y₂; this.made₄ = () => this.z; }
  run₅() { function f₆() { return this.other; } return this.run₅() + A₀.w₃ + this.toString(); }
  toString() { return ""; }
  get [k]() {}
}
class B₇ extends A₀ { go₈() { return this.y₂ + this.go₈(); } }
class C₉ extends React.Component { go2() { return this.x; } }
o.z;
""",
    "members by name": """
class A₀ { x = 1; f(k₁) { return this[k₁]; } }
""",
    "JSX": """
const Foo₀ = ({a₁}) => <div a={a₁}><Foo₀ {...a₁}/><x.Y/></div>;
const div₂ = 1;
""",
    "with": """
function f(a) { with (o) { return a; } }
function g(b₀) { return b₀; }
""",
    "a function in a block that is called from outside of it": """
if (x) { function f() {} }
f();
""",
}

TYPESCRIPT = {
    "types": """
import { T } from "t";
interface I₀<U₁> { a: U₁; m(x₂: T): I₀<U₁>; [k₃: string]: any }
type M₄<V₅> = { [K₆ in keyof V₅]: V₅[K₆] };
type C₇<W₈> = W₈ extends infer R₉ ? R₉ : never;
enum E₁₀ { A, B }
class G₁₁<X₁₂> implements I₀<X₁₂> { f(x₁₃: X₁₂): x₁₃ is X₁₂ { return E₁₀.A; } }
function over₁₄<Y₁₅>(a₁₆: Y₁₅): void;
function over₁₄(a₁₇?: number, this_₁₈ = a₁₇ as any) {}
declare const d: number;
namespace N₁₉ { export const q = d; }
let z₂₀: typeof over₁₄ = N₁₉.q;
""",
    "a parameter that is a field too": """
class A₀ {
  constructor(private x: number, y₁: string) { this.x = x + this.z(y₁); }
  private z(p₂: string) { return other.z(p₂); }
  abstract w₃: string;
}
""".replace("  abstract w₃: string;\n", ""),
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "javascript") == code


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_tsx_binds_like_javascript(code: str) -> None:
    if "with (" not in code:
        assert marked(unmarked(code), "tsx") == code


@pytest.mark.parametrize("code", TYPESCRIPT.values(), ids=TYPESCRIPT.keys())
@pytest.mark.parametrize("language", ["typescript", "tsx"])
def test_types(code: str, language: str) -> None:
    assert marked(unmarked(code), language) == code
