"""``python -m keyhouse.cli`` is ``keyhouse``."""

from keyhouse.cli import main

if __name__ == "__main__":
    main()
