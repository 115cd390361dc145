from __future__ import annotations

import pytest

from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "methods see nothing around them, blocks do": """
x‹0› = 1
def f‹1›(a‹2›, b‹3› = a‹2›, *c‹4›, &d‹5›)
  y‹6› = x
  [1].each { |i‹7›, (j‹8›, k‹9›); l‹10›| y‹6› += i‹7› + j‹8›; m‹11› = k‹9›; l‹10› = m‹11› }
  z‹12› = ->(p‹13›, q‹14› = 2) { p‹13› + q‹14› + y‹6› }
  m‹15› = "#{y‹6›} #{z‹12›}"
  y‹6› += 1 if a‹2›
  g(b‹3›, c‹4›, d‹5›, m‹15›)
end
f‹1›(x‹0›)
""",
    "a name before its assignment is a method": """
def size‹0› = 1
def f‹1›
  total‹2› = size‹0›
  size‹3› = total‹2›
  size‹3› + size‹0›()
end
""",
    "all that assigns": """
def f‹0›(list‹1›)
  a‹2›, (b‹3›, *c‹4›) = list‹1›
  d‹5› ||= a‹2›
  for e‹6› in list‹1› do puts e‹6›, b‹3›, c‹4›, d‹5› end
  case list‹1›
  in [g‹7›, *h‹8›] then g‹7› + h‹8›
  in {key: Integer => i‹9›, short:} then i‹9› + short
  end
rescue E => error‹10›
  raise error‹10›
end
""",
    "keywords and symbols keep their names": """
def f‹0›(a:, b: 1, **rest‹1›) = g(a: a, b: b, **rest‹1›)
def h = 1
f‹0›(a: 2)
{ k: :h }
def shorthand‹2›(x, y‹3›) = { x:, y: y‹3› }
""",
    "classes": """
module M‹0›
  class A‹1›
    attr_reader :name
    LIMIT = 1
    @@made‹2› = 0
    def initialize(name‹3›)
      @name = name‹3›
      @size‹4› = LIMIT
      @@made‹2› += 1
    end
    def grow‹5›(by‹6›)
      @size‹4› += by‹6›
      helper‹7›
      self.helper‹7›
      unknown
    end
    def helper‹7› = A‹1›.build‹8›
    def self.build‹8› = new(1)
    def to_s = "a"
  end
  class B‹9› < Foreign
    def helper2 = @size
  end
end
M‹0›::A‹1›.new(2)
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "ruby") == code
