"""Where the commands `rolecall`, `pulumi-rolecall` and `python -m rolecall` begin."""

from __future__ import annotations


def main() -> None:
    """Runs the command line and exits with its code."""
    from rolecall.cli.main import run

    run()


if __name__ == "__main__":
    main()
