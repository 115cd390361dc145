# ruff: noqa
"""Scopes of every kind; prints what it computes."""

from __future__ import annotations

import functools
from collections import OrderedDict as Ordered

total = 0
int_ = int


def counter(start, *steps, scale=1, **options):
    value = start

    def add(amount=start):
        nonlocal value
        global total
        value += amount * scale
        total = total + value
        return value

    class Holder:
        value = "class"
        copy = value + "!"

        def get(self):
            return value, self.value, Holder.copy

    for step in steps:
        add(step)
    return add, Holder().get(), options


def shadows(items):
    items = [items for items in items if items]
    pairs = {key: value for key, value in zip(items, items[1:])}
    found = [y for x in [[1, 2], [3]] for y in x if (last := y)]
    return items, pairs, found, last, list(map(lambda items: items + 1, items)), {i for i in items}


def handles(*args):
    try:
        (first, *rest), second = args
        del rest[0]
    except (ValueError, TypeError) as error:
        return type(error).__name__
    else:
        first, second = second, first
    finally:
        done = True
    return first, second, rest, done


def named(width, height=2):
    return width * height


def forwarded(**kwargs):
    return target(**kwargs)


def target(alpha, beta):
    return alpha - beta


def matches(subject):
    match subject:
        case {"kind": "point", "x": x, **others}:
            return x, others
        case [head, *tail] if tail:
            return head, tail
        case str() as text:
            return text
        case _:
            return f"{subject!r:>{5}} {subject}"


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


class Shape:
    sides = 0
    registry = Ordered()

    def __init__(self, name, size=1):
        self.name, self._size = name, size
        self.registry[name] = self

    def area(self):
        return self._scaled(self.sides)

    def _scaled(self, by):
        return self._size * by

    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, size):
        self._size = size

    @classmethod
    def unit(cls):
        return cls("unit")

    @staticmethod
    def double(number):
        return number * 2

    def __eq__(self, other):
        return self.name == other.name

    __hash__ = None


class Square(Shape):
    sides = 4

    def area(self):
        return super().area() + self._scaled(1) + self.double(1)


class Named(dict):
    def get(self, key, default="none"):
        return super().get(key, default)


def local_names(secret):
    other = secret + 1
    return sorted(locals())


add, held, options = counter(1, 2, 3, scale=2, colour="red")
print(add(), held, options, total)
print(shadows([0, 1, 2, 3]))
print(handles([1, 2, 3], 4), handles(1))
print(named(3, height=4), named(width=2), forwarded(alpha=5, beta=3))
print(matches({"kind": "point", "x": 1, "y": 2}), matches([1, 2]), matches("a"), matches(7))
print(fibonacci(20))
square = Square("s", 3)
square.size = 5
print(square.area(), square.size, Shape.unit() == Square("unit"), list(Shape.registry))
print(Named(a=1).get("a"), Named().get("b"))
print(local_names(1))
