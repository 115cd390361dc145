from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "var is hoisted, let is not": """
function f‹0›(p‹1›) {
  if (p‹1›) { var a‹2› = 1; let b‹3› = a‹2›; { let b‹4› = 2; use(b‹4›); } use(b‹3›); }
  return [a‹2›, b, g‹5›()];
  function g‹5›() { return p‹1›; }
}
""",
    "loops": """
for (let i‹0› = 0; i‹0› < 1; i‹0›++) { const i‹1› = 2; use(i‹1›); }
for (const k‹2› of x) use(k‹2›);
for (var {v‹3›} of x) use(v‹3›);
for (w‹4› in x) use(w‹4›, k);
let w‹4›;
""",
    "destructuring": """
const {a‹0›, b: c‹1›, d: {e‹2› = 1} = {}, [f]: g‹3›, ...h‹4›} = x, [i‹5›, , [j‹6›] = []] = y;
({a‹0›, b: c‹1›} = {a‹0›, c: c‹1›, z});
[i‹5›, x.y] = [j‹6›, e‹2›, g‹3›, h‹4›];
""",
    "parameters": """
const f‹0› = ({a‹1›, b‹2› = a‹1›}, [c‹3›] = [() => a‹1›], ...d‹4›) => d‹4›;
const g‹5› = async e‹6› => e‹6›;
const h‹7› = function i‹8›(j‹9›) { return i‹8›(j‹9›); };
i();
""",
    "catch and labels": """
try {} catch ({message‹0›}) { use(message‹0›); }
try {} catch (e‹1›) { use(e‹1›); }
out‹2›: for (;;) { break out‹2›; }
""",
    "imports and exports": """
import a, {b as c, d} from "m";
import * as e from "n";
export function f(p‹0›) { return g‹1›(p‹0›, a, c, d, e); }
function g‹1›() {}
export { g‹1›, g‹1› as h };
export const i = 1;
export default class J‹2› {}
export { k } from "o";
""",
    "members of a class of which all is known": """
class A‹0› {
  #x‹1› = 1;
  y‹2› = 2;
  z = 3;
  static w‹3› = this.w‹3›;
  constructor() { this.#x‹1› = this.y‹2›; this.made‹4› = () => this.z; }
  run‹5›() { function f‹6›() { return this.other; } return this.run‹5›() + A‹0›.w‹3› + this.toString(); }
  toString() { return ""; }
  get [k]() {}
}
class B‹7› extends A‹0› { go‹8›() { return this.y‹2› + this.go‹8›(); } }
class C‹9› extends React.Component { go2() { return this.x; } }
o.z;
""",
    "members by name": """
class A‹0› { x = 1; f(k‹1›) { return this[k‹1›]; } }
""",
    "JSX": """
const Foo‹0› = ({a‹1›}) => <div a={a‹1›}><Foo‹0› {...a‹1›}/><x.Y/></div>;
const div‹2› = 1;
""",
    "with": """
function f(a) { with (o) { return a; } }
function g(b‹0›) { return b‹0›; }
""",
    "a function in a block that is called from outside of it": """
if (x) { function f() {} }
f();
""",
}

TYPESCRIPT = {
    "types": """
import { T } from "t";
interface I‹0›<U‹1›> { a: U‹1›; m(x‹2›: T): I‹0›<U‹1›>; [k‹3›: string]: any }
type M‹4›<V‹5›> = { [K‹6› in keyof V‹5›]: V‹5›[K‹6›] };
type C‹7›<W‹8›> = W‹8› extends infer R‹9› ? R‹9› : never;
enum E‹10› { A, B }
class G‹11›<X‹12›> implements I‹0›<X‹12›> { f(x‹13›: X‹12›): x‹13› is X‹12› { return E‹10›.A; } }
function over‹14›<Y‹15›>(a‹16›: Y‹15›): void;
function over‹14›(a‹17›?: number, this_‹18› = a‹17› as any) {}
declare const d: number;
namespace N‹19› { export const q = d; }
let z‹20›: typeof over‹14› = N‹19›.q;
""",
    "a parameter that is a field too": """
class A‹0› {
  constructor(private x: number, y‹1›: string) { this.x = x + this.z(y‹1›); }
  private z(p‹2›: string) { return other.z(p‹2›); }
  abstract w‹3›: string;
}
""".replace("  abstract w‹3›: string;\n", ""),
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
