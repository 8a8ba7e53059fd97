"""The last resort: whatever happens, people see one line that says what to do, and a documented exit code."""

import os

import click

from keyhouse.cli.failure import Unusable, Wrong

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
        return Wrong.exit_code if _is_of_no_text(error) else Unusable.exit_code


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The operating system'}: {error.strerror}."
    if _is_of_no_text(error):
        return "an argument has bytes that are no text; write it in UTF-8."
    # The text of an unknown error may quote a secret; its type cannot.
    return f"this should not have happened ({type(error).__name__}). See where with: {DEBUG}=1 keyhouse ..."


def _is_of_no_text(error: Exception) -> bool:
    """Tell whether bytes of an argument that are no text, which Python keeps as surrogates, met what takes text."""
    return isinstance(error, UnicodeEncodeError) and any("\ud800" <= each <= "\udfff" for each in error.object)
