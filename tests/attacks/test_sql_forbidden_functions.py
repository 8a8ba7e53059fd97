"""Attack: functions that read files, wait, run programs, ask the database about itself, or fill its memory."""

import pytest

from tests.attacks.sql_labs import Lab, ends_well

FUNCTIONS = [
    "pg_read_file('/etc/passwd')",
    "pg_read_binary_file('/etc/passwd')",
    "pg_ls_dir('/')",
    "pg_stat_file('/etc/passwd')",
    "pg_sleep(5)",
    "pg_catalog.pg_sleep(5)",
    "pg_terminate_backend(1)",
    "pg_reload_conf()",
    "pg_advisory_lock(1)",
    "lo_import('/etc/passwd')",
    "lo_export(1, '/tmp/x')",
    "dblink('host=127.0.0.1', 'SELECT 1')",
    "dblink_connect('host=127.0.0.1')",
    "query_to_xml('SELECT * FROM secret', true, true, '')",
    "database_to_xml(true, true, '')",
    "table_to_xml('secret', true, true, '')",
    "xpath('/x', '<x/>')",
    "current_setting('data_directory')",
    "set_config('statement_timeout', '0', false)",
    "version2()",
    "inet_server_addr()",
    "has_table_privilege('secret', 'select')",
    "to_regclass('secret')",
    "pg_get_viewdef('x')",
    "nextval('s')",
    "setval('s', 1)",
    "txid_current()",
    "generate_series(1, 100000000)",
    "string_agg(name, ',')",
    "array_agg(name)",
    "json_agg(name)",
    "row_to_json(patient)",
    "regexp_replace('aaaaaaaaaaaaaaaaaaaaaaaa', '(a*)*b', 'x')",
    "format('%s', 'x')",
    "encode('x', 'base64')",
    "convert_from('x', 'UTF8')",
    "lpad('x', 1000000000)",
    "rpad('x', 1000000000)",
    "load_extension('x')",
    "readfile('/etc/passwd')",
    "writefile('/tmp/x', 'y')",
    "edit('x')",
    "fts3_tokenizer('x')",
    "randomblob(1000000000)",
    "zeroblob(1000000000)",
    "printf('%1000000000d', 1)",
    "hex('x')",
    "char(65)",
    "unicode('x')",
    "glob('a', 'b')",
    "like('a', 'b')",
    "sqlite_version()",
    "sqlite_source_id()",
    "sqlite_compileoption_get(1)",
    "last_insert_rowid()",
    "total_changes()",
    "typeof(1)",
    "quote('x')",
    "json_extract('{}', '$')",
    "json_each('[]')",
    "keyhouse_moment('x')",
    "keyhouse_math('exp', 1)",
    "keyhouse_repeat('x', 3)",
    "count(DISTINCT name, visits)",
    "sys_exec('id')",
    "xp_cmdshell('id')",
    "sleep(5)",
    "benchmark(1000000, 1)",
    "rand()",
    "patient.pg_sleep(5)",
    '"pg_sleep"(5)',
    "{fn pg_sleep(5)}",
]
TYPES = [
    "regclass",
    "regproc",
    "oid",
    "name",
    "json",
    "xml",
    "bytea",
    "blob",
    "inet",
    "int[]",
    "patient",
    "pg_class",
    "interval",
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_the_listed_functions_pass(lab: Lab, function: str) -> None:
    for statement in (f"SELECT {function} FROM patient", f"SELECT 1 FROM patient WHERE {function} IS NULL"):
        assert ends_well(lab, statement).startswith("refused: ")


@pytest.mark.parametrize(
    "function", ["generate_series(1, 10)", "json_each('[1]')", "pragma_table_info('secret')", "unnest(x)"]
)
def test_no_function_stands_in_from(lab: Lab, function: str) -> None:
    assert ends_well(lab, f"SELECT * FROM {function}").startswith("refused: ")


@pytest.mark.parametrize("type_", TYPES)
def test_only_the_listed_types_can_be_cast_to(lab: Lab, type_: str) -> None:
    assert ends_well(lab, f"SELECT CAST('secret' AS {type_})").startswith("refused: ")
