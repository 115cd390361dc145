#!/usr/bin/env bats

load test_helper

setup() {
  export ROOT=/
}

# Empty input prints nothing.
@test "empty input: prints 'nothing'" {
  run build
  [ "$status" -eq 0 ]
}

@test 'single quotes' {
  run build
}
