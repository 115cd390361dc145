from __future__ import annotations

import pytest
from tests.languages.scopes.marked import marked, unmarked

CASES = {
    "methods see nothing around them, blocks do": """
x₀ = 1
def f₁(a₂, b₃ = a₂, *c₄, &d₅)
  y₆ = x
  [1].each { |i₇, (j₈, k₉); l₁₀| y₆ += i₇ + j₈; m₁₁ = k₉; l₁₀ = m₁₁ }
  z₁₂ = ->(p₁₃, q₁₄ = 2) { p₁₃ + q₁₄ + y₆ }
  m₁₅ = "#{y₆} #{z₁₂}"
  y₆ += 1 if a₂
  g(b₃, c₄, d₅, m₁₅)
end
f₁(x₀)
""",
    "a name before its assignment is a method": """
def size₀ = 1
def f₁
  total₂ = size₀
  size₃ = total₂
  size₃ + size₀()
end
""",
    "all that assigns": """
def f₀(list₁)
  a₂, (b₃, *c₄) = list₁
  d₅ ||= a₂
  for e₆ in list₁ do puts e₆, b₃, c₄, d₅ end
  case list₁
  in [g₇, *h₈] then g₇ + h₈
  in {key: Integer => i₉, short:} then i₉ + short
  end
rescue E => error₁₀
  raise error₁₀
end
""",
    "keywords and symbols keep their names": """
def f₀(a:, b: 1, **rest₁) = g(a: a, b: b, **rest₁)
def h = 1
f₀(a: 2)
{ k: :h }
def shorthand₂(x, y₃) = { x:, y: y₃ }
""",
    "classes": """
module M₀
  class A₁
    attr_reader :name
    LIMIT = 1
    @@made₂ = 0
    def initialize(name₃)
      @name = name₃
      @size₄ = LIMIT
      @@made₂ += 1
    end
    def grow₅(by₆)
      @size₄ += by₆
      helper₇
      self.helper₇
      unknown
    end
    def helper₇ = A₁.build₈
    def self.build₈ = new(1)
    def to_s = "a"
  end
  class B₉ < Foreign
    def helper2 = @size
  end
end
M₀::A₁.new(2)
""",
}


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_bindings(code: str) -> None:
    assert marked(unmarked(code), "ruby") == code
