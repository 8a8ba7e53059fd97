"""A flood does not fill the disk, and yet the log tells how many refusals there were."""

from keyhouse import system
from keyhouse.authn.throttle import CAPACITY
from keyhouse.authn.unheard import ELSEWHERE, Unheard
from keyhouse.core.tokens import TokenKind, mint


def test_refusals_that_were_cut_short_are_written_down_with_their_number(site, client):
    from keyhouse.audit.models import AuditEvent

    bad = {"apikey": mint(TokenKind.API_KEY, system.entropy).text}
    statuses = [client.get("/login-whoAmI.api", bad).status for _ in range(CAPACITY + 40)]
    site.door.record_unheard()
    refused = AuditEvent.objects.filter(kind="key refused").count()
    [*_begun, summary] = AuditEvent.objects.filter(kind="throttled").order_by("sequence")
    assert statuses.count(401) == refused
    assert statuses.count(429) == summary.details["refusals"]
    assert refused + summary.details["refusals"] == CAPACITY + 40


def test_what_was_written_down_is_not_written_again(site, client):
    from keyhouse.audit.models import AuditEvent

    site.door.record_unheard()
    assert AuditEvent.objects.filter(kind="throttled").count() == 0


def test_many_addresses_cannot_fill_the_memory():
    unheard = Unheard()
    for number in range(3000):
        unheard.count(f"10.0.{number // 256}.{number % 256}")
    taken = unheard.take()
    assert len(taken) == 1001
    assert taken[ELSEWHERE] == 2000
    assert unheard.take() == {}
