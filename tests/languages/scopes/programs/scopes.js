// Scopes of every kind; prints what it computes.
const assert = require("assert");
var total = 0;
let shadow = "outer";

function hoist(flag) {
  if (flag) {
    var late = 1;
    let shadow = "inner";
    { let shadow = "innermost"; late += shadow.length; }
    late += shadow.length;
  }
  return [late, shadow, typeof undeclared, inner()];
  function inner() { return total++; }
}

const destructure = ({ a, b: { c = 2, ...rest } = {}, ["d"]: d }, [e, , f = e] = [1], ...more) => {
  const result = { a, c, d, e, f, rest, more };
  ({ a, c: d } = { a: 10, c: 20 });
  [e, result.f] = [f, e];
  return [result, { a, d, e }];
};

const factorial = function self(n) { return n < 2 ? 1 : n * self(n - 1); };

class Counter {
  #count = 0;
  step = 1;
  static made = 0;
  constructor(start) { this.#count = start; Counter.made++; this.initial = start; }
  next() { this.#count += this._amount(); return this; }
  _amount() { return this.step; }
  get value() { return this.#count; }
  reset() { const again = () => { this.#count = this.initial; }; again(); return this.toString(); }
  toString() { return `Counter(${this.#count})`; }
}

class Double extends Counter {
  _amount() { return 2 * super._amount(); }
}

class Emitter extends require("events") {
  emitAll(names) { return names.map((name) => this.emit(name)); }
}

function* generate(limit) {
  outer: for (let i = 0; ; i++) {
    for (const j of [1, 2, 3]) {
      if (i * j > limit) break outer;
      if (j === 2) continue outer;
      yield i * j;
    }
  }
}

async function wait(value) { try { await null; throw { message: value }; } catch ({ message }) { return message; } }

function classic(x) { arguments[0] = 5; switch (x) { case 5: { const x = 6; return x; } default: return x; } }

const tag = (strings, ...values) => strings.raw.join("|") + values.join(",");
const api = { total, hoist, factorial, method(x) { return this.total + x; } };

console.log(hoist(true), hoist(false));
console.log(JSON.stringify(destructure({ a: 1, b: { z: 3 }, d: 4 }, [7], 8, 9)));
console.log(factorial(5), new Double(3).next().value, new Double(3).reset(), `${new Counter(1)}`, Counter.made);
console.log(new Emitter().emitAll(["x", "y"]), [...generate(4)], classic(5), tag`a${shadow}b${total}`);
console.log(Object.keys(api), api.method(2));
for (var i = 0, j = 10; i < j; i += 3) j--;
console.log(i, j);
wait("done").then((result) => { assert.strictEqual(result, "done"); console.log(result); });
