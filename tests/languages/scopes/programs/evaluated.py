"""Names that are looked up at run time."""

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
        return getattr(self, "size") + len(untouched(2))


print(dynamic(1, 2), untouched(3), Reader().read())
