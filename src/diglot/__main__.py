"""`python -m diglot`."""

from __future__ import annotations

from diglot.cli.main import main

if __name__ == "__main__":
    main()
