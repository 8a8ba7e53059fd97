"""Terms of use and what folders demand, by command."""

from pathlib import Path

from tests.cli.program import run


def test_terms_are_written_shown_and_listed_in_versions(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "terms.md"
    file.write_text("# Be kind\n\nImmer und überall.\n", "utf-8")
    written = run("terms", "set", file, "--data", data)
    assert (written.code, written.out) == (0, "Wrote version 1 of the terms of /.\n"), written.err
    again = run("terms", "set", file, "--data", data)
    assert again.out == "Nothing changed: these are version 1 of the terms of /.\n"
    second = run("terms", "set", "-", "--after", "1", "--data", data, stdin="Be kinder")
    assert second.code == 0, second.err
    assert run("terms", "show", "--data", data).out == "Be kinder\n"
    assert run("terms", "show", "--version", "1", "--data", data).out == "# Be kind\n\nImmer und überall.\n"
    lines = run("terms", "history", "--json", "--data", data).json
    assert [(each["version"], each["characters"]) for each in lines] == [(2, 9), (1, 29)]


def test_terms_that_somebody_else_changed_meanwhile_are_not_overwritten(data: Path) -> None:
    run("terms", "set", "-", "--data", data, stdin="One")
    result = run("terms", "set", "-", "--after", "0", "--data", data, stdin="Two")
    assert (result.code, "version 1" in result.err) == (2, True)
    assert run("terms", "show", "--data", data).out == "One\n"


def test_wrong_folders_and_files_are_one_line(data: Path, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4\xf6")
    for arguments, named in (
        (("set", tmp_path / "latin"), "UTF-8"),
        (("set", "-", "--folder", "/nowhere"), "keyhouse folder list"),
        (("show",), "no terms of /"),
    ):
        result = run("terms", *arguments, "--data", data, stdin="x")
        assert (result.code, named in result.err) == (2, True), result.err


def test_folder_demands_what_is_named_and_keeps_the_rest(data: Path) -> None:
    demand = ("folder", "demand", "/home", "--data", data)
    irb = ("--irb-number", "--irb-pattern", "[0-9]+", "--irb-hint", "digits")
    assert run(*demand, *irb).code == 0
    shown = run(*demand, "--allow-purpose", "DUO:0000042", "--lapse-days", "30", "--json").json
    assert (shown["irb_pattern"], shown["lapse_days"]) == ("[0-9]+", 30)
    assert shown["purposes"] == ["general research use (DUO:0000042, GRU)"]
    shown = run(*demand, "--no-irb-number", "--json").json
    assert (shown["wants_irb_number"], shown["irb_pattern"], shown["wants_purpose"]) == (False, "", True)
    audited = run("audit", "export", "--data", data).out
    assert audited.count('"demand changed"') == 3


def test_demand_that_locks_everybody_out_is_lifted_at_the_machine(data: Path) -> None:
    run("folder", "demand", "/", "--signature", "--data", data)
    lifted = run("folder", "demand", "/", "--nothing", "--data", data)
    assert (lifted.code, lifted.out) == (0, "/ demands nothing by itself.\n")


def test_demand_that_cannot_be_is_refused_and_nothing_changes(data: Path) -> None:
    for wish, named in (
        (("--irb-number", "--irb-pattern", "(", "--irb-hint", "x"), "cannot be read"),
        (("--irb-pattern", "a", "--irb-hint", "x"), "none is demanded"),
        (("--nothing", "--purpose"), "stands alone"),
    ):
        result = run("folder", "demand", "/home", *wish, "--data", data)
        assert (result.code, named in result.err) == (2, True), result.err
    assert run("folder", "demand", "/home", "--data", data).out == "/home demands nothing by itself.\n"


def test_argument_that_is_no_text_is_told_of_and_is_no_riddle(data: Path) -> None:
    no_text = b"\xff".decode("utf-8", "surrogateescape")
    for arguments in (
        ("session", "end", no_text),
        ("session", "list", "--user", no_text),
        ("terms", "show", "--folder", no_text),
        ("folder", "demand", "/home", "--irb-number", "--irb-hint", "x", "--irb-pattern", no_text),
    ):
        result = run(*arguments, "--data", data)
        assert (result.code, "should not have happened" in result.err) == (2, False), result.err
