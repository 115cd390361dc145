<?php
// Scopes of every kind; prints what it computes.

function show(array $values)
{
    foreach ($values as $name => $value) {
        echo is_int($name) ? "" : "$name=";
        if (is_array($value)) {
            show($value);
        } else {
            echo $value, ";";
        }
    }
}

$total = 10;
$factor = 3;

function add(int $amount, int ...$others): int
{
    global $total;
    static $calls = 0;
    $calls++;
    $total += $amount + array_sum($others);
    return $calls;
}

function closures(array $items, $factor = 2)
{
    $sum = 0;
    $scale = function ($item) use ($factor, &$sum) {
        $sum += $item;
        $local = $item * $factor;
        return $local;
    };
    $scaled = array_map($scale, $items);
    $more = array_map(fn($item) => $item + $factor + $sum, $items);
    [$first, [, $second]] = [$items[0], $items];
    foreach ($items as $key => &$value) {
        $value = $value + $key;
    }
    unset($value);
    return [$scaled, $more, $sum, $first, $second, $items, "$first {$items[1]} $items[2]"];
}

function packed($left, $right)
{
    $kept = $left + $right;
    return compact('kept', 'left');
}

function dynamic()
{
    $name = 'hidden';
    $$name = 5;
    return $hidden;
}

function named(int $width, int $height = 1)
{
    return $width - $height;
}

abstract class Shape
{
    const SIDES = 0;
    private $size;
    protected static $made = 0;

    public function __construct($size, public string $label = "shape")
    {
        $this->size = $size;
        self::$made++;
    }

    abstract protected function factor();

    public function area()
    {
        return $this->size * $this->factor() + static::SIDES + self::bonus(1);
    }

    private static function bonus($by)
    {
        return $by + self::$made;
    }

    public function __toString()
    {
        return $this->label . $this->area();
    }
}

final class Square extends Shape
{
    const SIDES = 4;

    protected function factor()
    {
        $multiply = function () { return $this->twice(); };
        return $multiply();
    }

    private function twice() { return 2; }
}

add(1, 2);
echo add(amount: 3), " ", $total, "\n";
show(closures([1, 2, 3], $factor));
show(packed(1, 2));
echo dynamic(), named(height: 2, width: 5), "\n";
$square = new Square(3, label: "square");
echo $square, " ", $square->label, " ", preg_match('/(\d)/', "a1", $matches), $matches[1], "\n";
