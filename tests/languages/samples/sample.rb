# frozen_string_literal: true

# Copyright (c) 2024 Somebody

require 'set'

# Tools for routes.
module Router
  VERSION = '1.0'

  # A route of an application.
  #
  #   Route.new('/')
  class Route < Base
    include Comparable
    attr_reader :path

    # Makes a route.
    def initialize(path, verb: :get)
      @path = path
    end

    def self.parse(text)
      new(text)
    end

    class << self
      def root
        new('/')
      end
    end

    # Whether it matches.
    def match?(other) = path == other

    def <=>(other)
      path <=> other.path
    end

    private

    private def secret
      42
    end
  end

  class Error < StandardError; end

  Point = Struct.new(:x, :y) do
    def sum
      x + y
    end
  end
end

class Router::Late
  define_method(:now) do
    Time.now
  end
end

def helper(name)
  puts name
end

task :default do
  helper 'x'
end

RSpec.describe Router::Route do
  it 'matches its path' do
    expect(route.match?('/')).to be(true)
  end
end
