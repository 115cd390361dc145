# ruff: noqa
"""Names that are looked up at run time."""

from __future__ import annotations

factor = 3


def dynamic(left, right):
    total = left + right
    return eval("total * factor")


def untouched(value):
    def inner(number):
        return [number for number in range(number)]

    return inner(value)


class Reader:
    size = 4

    def read(self):
        return self.size + len(untouched(2))


print(dynamic(1, 2), untouched(3), Reader().read())
