"""Let the database itself end session keys with their session, and keep of each what its refusal must tell.

A migration that makes one of these two tables anew (as SQLite does for most changes of a column) must drop the
triggers first and add them again: SQLite refuses to rename a table while a trigger names one that is not there.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_KEPT = "INSERT INTO keyhouse_ended_session_key (key_id, digest, user_id, session_id, why, ended_at)"
_SESSION = "FROM keyhouse_browser_session WHERE id = OLD.session_id"
_WHY = f"COALESCE(NULLIF(OLD.ending, ''), (SELECT ending {_SESSION}), '')"
_OF_KEY = f"OLD.key_id, OLD.digest, (SELECT user_id {_SESSION}), COALESCE((SELECT public_id {_SESSION}), ''), {_WHY}"

_SQLITE = [
    f"""CREATE TRIGGER keyhouse_session_key_kept AFTER DELETE ON keyhouse_session_key
        BEGIN {_KEPT} VALUES ({_OF_KEY}, strftime('%Y-%m-%d %H:%M:%f', 'now')); END""",
    """CREATE TRIGGER keyhouse_session_ends_its_keys BEFORE DELETE ON keyhouse_browser_session
       BEGIN DELETE FROM keyhouse_session_key WHERE session_id = OLD.id; END""",
]
_POSTGRESQL = [
    f"""CREATE FUNCTION keyhouse_keep_session_key() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN {_KEPT} VALUES ({_OF_KEY}, clock_timestamp()); RETURN NULL; END $$""",
    """CREATE TRIGGER keyhouse_session_key_kept AFTER DELETE ON keyhouse_session_key
       FOR EACH ROW EXECUTE FUNCTION keyhouse_keep_session_key()""",
    """CREATE FUNCTION keyhouse_end_session_keys() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN DELETE FROM keyhouse_session_key WHERE session_id = OLD.id; RETURN OLD; END $$""",
    """CREATE TRIGGER keyhouse_session_ends_its_keys BEFORE DELETE ON keyhouse_browser_session
       FOR EACH ROW EXECUTE FUNCTION keyhouse_end_session_keys()""",
]


def add_triggers(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("keys", "0003_session_keys"), ("browsersessions", "0003_ending_and_keeping")]
    operations = [migrations.RunPython(add_triggers, migrations.RunPython.noop)]
