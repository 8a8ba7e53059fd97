"""``keyhouse netrc doctor``: another name of ``check``, under which people look for it."""

from copy import copy

from keyhouse.cli.netrc.check import command as check

command = copy(check)
command.name = "doctor"
command.short_help = "The same as check."
