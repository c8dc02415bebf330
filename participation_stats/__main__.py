"""``python -m participation_stats``."""

from participation_stats.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
