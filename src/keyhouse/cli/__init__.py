"""The command line. Nothing heavy is imported before a command needs it: `keyhouse --help` works with click alone."""

import sys


def main() -> None:
    """Run the program and leave with its exit code; people see one line for an error, never a traceback."""
    from keyhouse.cli.ending import run
    from keyhouse.cli.program import program

    sys.exit(run(program))
