# Scopes of every kind; prints what it computes.
TOTAL = [0]

module Tools
  def self.twice(number)
    number * 2
  end
end

class Shape
  attr_reader :label
  @@made = 0

  def initialize(size, label: "shape")
    @size = size
    @label = label
    @@made += 1
  end

  def area
    @size * factor + offset(1)
  end

  def to_s
    "#{label} #{area} #{@@made}"
  end

  private

  def offset(by)
    by + @size
  end

  def factor = 1
end

class Square < Shape
  def factor
    scale = 4
    scale.times.map { |i| i }.sum
  end
end

def closures(items, factor = 2, *others, key: 1, **options, &block)
  sum = 0
  scaled = items.map do |item|
    sum += item
    inner = item * factor
    inner
  end
  first, (second, *rest), last = items[0], items, items[-1]
  add = ->(left, right = 1) { left + right + key }
  items.each_with_index { |item, sum; factor| factor = item; sum }
  [scaled, sum, first, second, rest, last, add.call(1), others, options, block ? block.call(sum) : nil, factor]
end

def handled
  value = Integer("x")
rescue ArgumentError => error
  value = error.class
ensure
  TOTAL[0] += 1
  puts value
end

def matching(data)
  case data
  in {name: String => name, age:}
    "#{name} #{age}"
  in [first, *rest]
    "#{first} #{rest}"
  else
    helper
  end
end

def helper = "helped"

p closures([1, 2, 3], 3, 4, key: 5, extra: 6) { |x| x + 1 }
handled
puts matching({name: "n", age: 3}), matching([1, 2]), matching(nil)
square = Square.new(2, label: "square")
puts square, square.label, Tools.twice(4), TOTAL[0]
x = 5
[1].each { x += 1; y = x; puts y }
puts x
