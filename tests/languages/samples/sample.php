<?php

declare(strict_types=1);

/*
 * This file is part of the example. (c) 2024 Somebody
 */

namespace App\Cache;

use Psr\Log\LoggerInterface;

const LIMIT = 3;

/**
 * Writes pages.
 *
 * @author Somebody
 */
#[Service]
abstract class Writer extends Base implements WriterInterface
{
    use Loggable;

    public const FORMAT = 'json';
    protected array $pages = [];

    /**
     * Creates a writer.
     */
    public function __construct(private LoggerInterface $logger)
    {
        parent::__construct();
    }

    // Writes one page.
    #[Pure]
    public static function write(string $page): ?string
    {
        return $page;
    }

    abstract protected function flush(): void;
}

interface WriterInterface
{
    public function open(string $path): bool;
}

trait Loggable
{
    public function log(string $text): void
    {
        echo $text;
    }
}

enum Level: int
{
    case Low = 1;
    case High = 2;

    public function label(): string
    {
        return 'grün';
    }
}

/** Adds two numbers. */
function add(int $a, int $b): int
{
    return $a + $b;
}

$double = function (int $n) {
    return $n * 2;
};

$writer = new class extends Writer {
    public function flush(): void
    {
    }
};
