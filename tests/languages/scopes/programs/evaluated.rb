# Names that are looked up at run time.
def evaluated(hidden)
  factor = 3
  eval("hidden * factor")
end

def untouched(value) = [1, 2].map { |item| item + value }

class Reader
  def initialize = @size = 4
  def read = instance_variable_get(:@size) + send(:extra)
  def extra = 1
end

p evaluated(1), untouched(2), Reader.new.read
