"""The last resort: whatever happens, people see one line that says what to do, and a documented exit code."""

import os

import click

from keyhouse.cli.failure import Unusable

DEBUG = "KEYHOUSE_DEBUG"
_INTERRUPTED = 130


def run(program: click.Command) -> int:
    """Run the program and return its exit code."""
    try:
        code = program.main(prog_name="keyhouse", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; nothing more was done.", err=True)
        return _INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        click.echo(f"Error: {_one_line(error)}", err=True)
        return Unusable.exit_code


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The operating system'}: {error.strerror}."
    # The text of an unknown error may quote a secret; its type cannot.
    return f"this should not have happened ({type(error).__name__}). See where with: {DEBUG}=1 keyhouse ..."
