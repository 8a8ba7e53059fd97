"""Make a data directory, and bring a site's database up to date."""

import secrets
from pathlib import Path

from keyhouse.settings.boot import FILE_NAME, BootSettings, SettingsError
from keyhouse.settings.secret import write_secret
from keyhouse.settings.start import start

_FILE = """# Boot settings of this Keyhouse site. Every setting can also come from the environment, as KEYHOUSE_<NAME>.
# See them all, with where each value came from:  keyhouse settings show
#
# context_path = "/labkey"
# base_url = "https://data.example.org/labkey"
# smtp_url = "smtp://user:password@mail.example.org:587?tls=1"
"""


def make_data_directory(data: Path) -> None:
    """Make a data directory that its owner alone can enter; what is there already is kept.

    Raises `SettingsError` where the directory cannot be written.
    """
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        (data / "mail").mkdir(mode=0o700, exist_ok=True)
        (data / "logs").mkdir(mode=0o700, exist_ok=True)
        write_secret(data, secrets.token_urlsafe(48))
        file = data / FILE_NAME
        if not file.exists():
            file.write_text(_FILE, "utf-8")
            file.chmod(0o600)
    except OSError as error:
        text = f"{error.filename or data} cannot be written: {error.strerror}. Choose another place with --data."
        raise SettingsError(text) from None


def is_up_to_date(boot: BootSettings) -> bool:
    """Tell whether the site's database has every table in its present form; raises DatabaseError where it is down."""
    start(boot)
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if not boot.database_url and not (boot.data / "keyhouse.sqlite3").exists():
        return False  # Asking SQLite would make the file.
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    return settings.CACHES["default"]["LOCATION"] in connection.introspection.table_names()


def bring_up_to_date(boot: BootSettings) -> None:
    """Apply the migrations that the site's database lacks; raises `SettingsError` where it cannot be reached."""
    start(boot)
    from django.core.management import call_command
    from django.db import DatabaseError

    try:
        if is_up_to_date(boot):
            return
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        raise SettingsError(f"The database of this site cannot be brought up to date: {reason}") from None
    if not boot.database_url:
        (boot.data / "keyhouse.sqlite3").chmod(0o600)
