"""The document keeps every byte, and edits touch only what they mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyhouse.netrc import Secret, Unwritable, parse
from keyhouse.netrc.document import quoted
from keyhouse.netrc.lexer import Kind

PIECES = st.sampled_from(
    [b"machine", b"login", b"password", b"default", b"macdef", b"account", b" ", b"\n", b"\t", b"\r\n", b"\n\n", b"#",
     b"# c", b'"', b'"a b"', b"\\", b"h", b"x.y", b"\xef\xbb\xbf", b"\xff", b"\0", b"init", b","]
)  # fmt: skip
FILES = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map(b"".join))
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12).filter(
    lambda name: name not in ("machine", "default", "macdef", "login", "password", "account", "user")
)
FILE = (
    b"\xef\xbb\xbf# mine\r\nmachine a.test\tlogin alice  password old # no comment\n\n"
    b"macdef init\ncd /pub\n\nmachine b.test\n  login bob\n  # inside\n  password hunter2\n"
    b"default login anon password x\n"
)


@given(FILES)
def test_a_parsed_file_dumps_to_the_same_bytes(data):
    assert parse(data).dump() == data


@given(FILES)
def test_the_pieces_of_a_file_joined_are_the_file_and_each_stands_where_it_says(data):
    pieces = parse(data).tokens
    assert b"".join(piece.raw for piece in pieces) == data
    assert all(data[piece.start : piece.end] == piece.raw for piece in pieces)


@given(FILES)
def test_the_words_are_those_of_the_pieces(data):
    document = parse(data)
    assert document.words == [piece.raw for piece in document.tokens if piece.kind is Kind.WORD]


@given(FILES)
def test_entries_point_into_the_file(data):
    for entry in parse(data).entries:
        token = entry.document.tokens[entry.head]
        assert data[token.start : token.end] in (b"machine", b"default")
        assert entry.line >= 1 and entry.column >= 1


def test_positions_are_line_and_column_of_the_entry():
    assert [(e.machine, e.line, e.column) for e in parse(FILE).entries] == [
        ("a.test", 2, 1), ("b.test", 7, 1), ("default", 11, 1)
    ]  # fmt: skip


def test_replacing_a_secret_changes_no_other_byte():
    document = parse(FILE)
    changed = document.replace_secret(document.entries_of("b.test")[0], "n3w")
    assert changed.dump() == FILE.replace(b"hunter2", b"n3w")


def test_renaming_changes_no_other_byte():
    document = parse(FILE)
    assert document.rename(document.entries[0], "c.test").dump() == FILE.replace(b"a.test", b"c.test")


def test_setting_a_known_login_replaces_instead_of_appending():
    changed = parse(FILE).set("a.test", "alice", "n3w")
    assert changed.dump() == FILE.replace(b"password old", b"password n3w")


def test_setting_another_login_of_the_only_entry_replaces_both():
    changed = parse(b"machine h login a password b\n").set("h", "c", "d")
    assert changed.dump() == b"machine h login c password d\n"


def test_a_new_machine_goes_before_default():
    changed = parse(FILE).set("new.test", "u", "p")
    assert changed.entries[-1].is_default
    assert b"machine new.test login u password p\r\ndefault" in changed.dump()


def test_a_missing_field_is_added_behind_the_entry():
    assert parse(b"machine h login a\n").set("h", "a", "p").dump() == b"machine h login a password p\n"


@given(FILES, NAMES, NAMES, st.binary(min_size=1, max_size=20).filter(lambda v: not set(v) & set(b"\r\n\0")))
def test_what_was_set_reads_back_or_is_refused(data, machine, login, password):
    try:
        changed = parse(data).set(machine, login, password)
    except Unwritable:
        return
    assert (login, Secret(password)) in [(e.login, e.password) for e in changed.entries_of(machine)]


@given(FILES)
def test_removing_an_entry_leaves_all_others(data):
    document = parse(data)
    for index, entry in enumerate(document.entries[:3]):
        rest = [(e.machine, e.login, e.password) for e in document.entries]
        del rest[index]
        left = [(e.machine, e.login, e.password) for e in document.remove(entry).entries]
        assert left == rest or entry.fields == () or b"macdef" in data


def test_a_file_that_breaks_off_is_not_made_worse():
    with pytest.raises(Unwritable, match="breaks off"):
        parse(b"machine").set("h", "a", "b")


def test_removing_takes_the_whole_line():
    document = parse(b"machine a login x password y\nmachine b login x password y\n")
    assert document.remove(document.entries[0]).dump() == b"machine b login x password y\n"


@pytest.mark.parametrize("value", [b"a\nb", b"a\rb", b"a\0b"])
def test_a_value_no_client_could_read_is_refused_without_showing_it(value):
    with pytest.raises(Unwritable) as refused:
        quoted(value)
    assert value.decode() not in str(refused.value)


def test_default_cannot_be_renamed():
    document = parse(b"default login a password b")
    with pytest.raises(Unwritable):
        document.rename(document.entries[0], "h")


def test_no_secret_is_in_any_repr():
    document = parse(b"machine h login a password T0pSecret\n")
    shown = f"{document!r} {document.entries!r} {document.tokens!r} {document.entries[0].password}"
    assert "T0pSecret" not in shown


def test_a_comment_is_no_entry_and_a_hash_in_a_value_no_comment():
    document = parse(b"# machine a login b password c\nmachine h login a password #c\n")
    assert [e.machine for e in document.entries] == ["h"]
    assert document.entries[0].password == Secret(b"#c")


def test_a_keyword_without_value_at_the_end_is_completed_or_goes():
    for data in (
        b"machine h login a password \n",
        b"machine h login a password b password\n",
        b"machine h login a account",
    ):
        changed = parse(data).set("h", "a", "n3w")
        assert changed.words == [b"machine", b"h", b"login", b"a", b"password", b"n3w"]
