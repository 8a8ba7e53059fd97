"""Retention: old events go only into a file that was read back, and the chain is proved across what was removed."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.site import OPERATOR

from keyhouse.audit import Event, Kind

YEAR = timedelta(days=365)


@pytest.fixture
def log(site):
    """Eight old events with participants, and three young ones."""
    real = site.clock
    for number in range(8):
        site.recorder._clock = lambda: real() - 8 * YEAR
        site.recorder.record(Event(Kind.DATA_READ, OPERATOR, str(number), details={"participants": {"t.v": ["P"]}}))
    site.recorder._clock = real
    for number in range(3):
        site.recorder.record(Event(Kind.DATA_READ, OPERATOR, str(number), details={"participants": {"t.v": ["Q"]}}))
    return site


@pytest.fixture
def kept(log):
    return log.clock() - 6 * YEAR


@pytest.fixture
def file(log, kept, tmp_path):
    """The archive of the old events."""
    from keyhouse.audit import archive

    written = io.StringIO()
    # What the site was made with stands before the old events, and is as old here.
    archive.write(archive.span_before(kept) or young(), written)
    path = tmp_path / "old.jsonl"
    path.write_text(written.getvalue())
    return path


def young():
    from keyhouse.audit import archive

    return archive.span_before(datetime.now(UTC) + timedelta(days=1))


def remove(site, file, kept):
    from keyhouse.audit import archive

    archive.remove(archive.span_of(file), file, kept, site.recorder, OPERATOR)


def numbers():
    from keyhouse.audit.models import AuditEvent

    return list(AuditEvent.objects.order_by("sequence").values_list("sequence", flat=True))


def test_archive_has_the_old_events_and_both_ends_of_their_chain(log, file):
    from keyhouse.audit import archive

    span = archive.span_of(file)
    rows = list(archive.read(file))
    assert [row["sequence"] for row in rows] == list(range(span.first, span.last + 1))
    assert (rows[0]["previous_digest"], rows[-1]["digest"]) == (span.previous_digest, span.digest)


def test_log_is_proved_after_removal_and_together_with_the_archive(log, file, kept):
    from keyhouse.audit.models import AuditParticipant
    from keyhouse.audit.verify import Intact, verify

    before = verify()
    last = len(list(file.open())) - 2
    remove(log, file, kept)
    assert numbers()[0] == last + 1
    assert set(AuditParticipant.objects.values_list("participant", flat=True)) == {"Q"}
    after = verify()
    assert isinstance(after, Intact) and after.events == before.events + 1
    assert verify(archives=[file]) == after
    assert isinstance(verify((before.events, before.digest)), Intact)


def test_second_archive_joins_the_first(log, file, kept, tmp_path):
    from keyhouse.audit import archive
    from keyhouse.audit.verify import Broken, Intact, verify

    remove(log, file, kept)
    tomorrow = log.clock() + timedelta(days=1)
    written = io.StringIO()
    archive.write(archive.span_before(tomorrow), written)
    second = tmp_path / "second.jsonl"
    second.write_text(written.getvalue())
    remove(log, second, tomorrow)
    assert isinstance(verify(), Intact)
    assert isinstance(verify(archives=[second, file]), Intact)
    assert isinstance(verify(archives=[file]), Broken)


@pytest.mark.parametrize("fault", ["a changed event", "a missing event", "no end", "another file"])
def test_nothing_is_removed_for_a_file_that_is_not_whole(log, file, kept, fault):
    from keyhouse.audit.archive import BadArchive

    lines = file.read_text().splitlines(keepends=True)
    if fault == "a changed event":
        lines[1] = lines[1].replace('"outcome":"ok"', '"outcome":"no"')
    elif fault == "a missing event":
        del lines[2]
    elif fault == "no end":
        del lines[-1]
    else:
        lines = [json.dumps({"hello": 1}) + "\n"]
    file.write_text("".join(lines))
    before = numbers()
    with pytest.raises(BadArchive):
        remove(log, file, kept)
    assert numbers() == before


def test_nothing_that_is_to_be_kept_is_removed(log, file, kept):
    from keyhouse.audit.archive import BadArchive

    before = numbers()
    with pytest.raises(BadArchive, match="is to be kept"):
        remove(log, file, kept - 20 * YEAR)
    assert numbers() == before


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


HEAD = "UPDATE keyhouse_audit_head SET removable_through = "
CHECKPOINT = "INSERT INTO keyhouse_audit_checkpoint (last, first, previous_digest, digest, announced) VALUES "


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM keyhouse_audit_event WHERE sequence = 1",
        HEAD + "5",
        f"{CHECKPOINT} (3, 1, 'x', 'made up', 9)",
        f"{CHECKPOINT} (3, 1, 'x', (SELECT digest FROM keyhouse_audit_event WHERE sequence = 3), 9)",
        "UPDATE keyhouse_audit_checkpoint SET last = 99",
        "DELETE FROM keyhouse_audit_checkpoint",
        "DELETE FROM keyhouse_audit_event WHERE sequence = (SELECT max(sequence) FROM keyhouse_audit_event)",
        "REPLACE INTO keyhouse_audit_head SELECT id, sequence, digest, 1, sequence FROM keyhouse_audit_head",
        "DELETE FROM keyhouse_audit_head",
        "INSERT INTO keyhouse_audit_head SELECT 2, sequence, digest, 1, sequence FROM keyhouse_audit_head",
        "UPDATE keyhouse_audit_head SET id = 2",
    ],
)
def test_nothing_else_can_delete(log, file, kept, statement):
    if "DELETE FROM keyhouse_audit_checkpoint" in statement or "UPDATE keyhouse_audit_checkpoint" in statement:
        remove(log, file, kept)
    with pytest.raises(DatabaseError, match="append-only"):
        execute(statement)


def test_removal_leaves_no_way_open_behind_it(log, file, kept):
    from keyhouse.audit.models import AuditHead

    remove(log, file, kept)
    head = AuditHead.objects.get(id=1)
    assert (head.is_indexing, head.removable_through) == (False, 0)
    with pytest.raises(DatabaseError, match="append-only"):
        execute("DELETE FROM keyhouse_audit_event")


def test_checkpoint_that_no_event_announces_is_found(log, file, kept):
    from keyhouse.audit.verify import Broken, verify

    note = Event(Kind.AUDIT_MAINTAINED, OPERATOR, "something else")
    announced = log.recorder.record(note)
    execute(
        f"{CHECKPOINT} (3, 1, '{'0' * 64}', (SELECT digest FROM keyhouse_audit_event WHERE sequence = 3), {announced})"
    )
    execute(HEAD + "3")
    execute("DELETE FROM keyhouse_audit_event WHERE sequence <= 3")
    execute("UPDATE keyhouse_audit_head SET is_indexing = true")
    execute("DELETE FROM keyhouse_audit_participant WHERE sequence <= 3")
    found = verify()
    assert isinstance(found, Broken) and "does not announce" in found.fault


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (0, '"first":1', '"first":"1"'),
        (0, '"first":1', '"first":null'),
        (1, '"sequence"', '"number"'),
        (1, '"digest"', '"other"'),
        (1, "+00:00", ""),
        (1, '"details":{', '"details":' + "[" * 5000 + "{"),
        (2, '"at":"', '"at":7,"x":"'),
    ],
)
def test_a_damaged_archive_is_refused_in_words(log, file, kept, line, old, new):
    from keyhouse.audit.archive import BadArchive
    from keyhouse.audit.verify import verify

    lines = file.read_text().splitlines(keepends=True)
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    file.write_text("".join(lines))
    before = numbers()
    for use in (lambda: remove(log, file, kept), lambda: verify(archives=[file])):
        with pytest.raises(BadArchive):
            use()
    assert numbers() == before
