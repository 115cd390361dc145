<?php
// Names that are looked up at run time.

class Reader
{
    public $size = 4;
    private $other = 1;

    public function read()
    {
        return get_object_vars($this)["size"] + call_user_func([$this, "extra"]);
    }

    private function extra()
    {
        return $this->other;
    }
}

function extracted(array $values)
{
    extract($values);
    return $left + $right;
}

function untouched($value)
{
    return array_map(fn($item) => $item + $value, [1, 2]);
}

echo (new Reader())->read(), extracted(["left" => 1, "right" => 2]), implode(untouched(2)), "\n";
