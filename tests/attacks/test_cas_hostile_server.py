"""Attack: a CAS server, or who has taken its address, answers with what harms its reader or bends who it is."""

import ssl

import pytest

from keyhouse.signin.cas import settings as cas_settings
from tests.providers.authority import Authority
from tests.providers.cas_visits import back_with, begin, configured, service_in, who
from tests.providers.hostile import hostile

NS = 'xmlns:cas="http://www.yale.edu/tp/cas"'
MAIL = "<cas:attributes><cas:mail>analyst@example.org</cas:mail></cas:attributes>"
SUCCESS = f"<cas:authenticationSuccess><cas:user>ana</cas:user>{MAIL}</cas:authenticationSuccess>"
GOOD = f"<cas:serviceResponse {NS}>{SUCCESS}</cas:serviceResponse>"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
    + GOOD.replace("ana<", "&j;<")
)
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + GOOD.replace("ana<", "&f;<")
OUTSIDE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd">' + GOOD


@pytest.fixture
def server():
    with hostile() as said:
        yield said


@pytest.fixture
def cas(site, admin, analyst, server):
    return configured(server.url)


def answer_to(client, cas):
    return back_with(client, service_in(begin(client, cas)), "ST-1-abc")


def test_good_answer_of_this_server_signs_in(client, cas, server):
    """Else the refusals below would prove nothing."""
    server.says(GOOD.encode())
    assert answer_to(client, cas).status == 303
    assert who(client) == "analyst@example.org"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(BOMB, id="a billion laughs"),
        pytest.param(FILE, id="a file of the machine"),
        pytest.param(OUTSIDE, id="a document type elsewhere"),
        pytest.param("<a>" * 50_000, id="deep"),
        pytest.param("<a>" * 100 + "</a>" * 100, id="deep and whole"),
        pytest.param("<html><body>Sign in to the Wi-Fi</body></html>", id="the page of a captive portal"),
        pytest.param("yes\nana\n", id="protocol 1"),
        pytest.param("", id="nothing"),
        pytest.param("\0\0\0", id="NUL"),
        pytest.param(GOOD.replace(NS, 'xmlns:cas="http://evil.example.org"'), id="another namespace"),
        pytest.param(GOOD.replace("authenticationSuccess", "notAuthenticationSuccess"), id="ends like a success"),
        pytest.param(GOOD.replace("<cas:user>ana</cas:user>", ""), id="nobody"),
        pytest.param(GOOD.replace(">ana<", "><"), id="an empty name"),
        pytest.param(GOOD.replace(">ana<", ">a\u202ena<"), id="a name that reads backwards"),
        pytest.param(GOOD.replace("<cas:user>", "<cas:user>bob</cas:user><cas:user>"), id="two people"),
        pytest.param(
            GOOD.replace("<cas:user>ana", "<cas:x><cas:user>bob</cas:user></cas:x><cas:user>ana"), id="a person within"
        ),
        pytest.param(GOOD.replace(MAIL, MAIL + MAIL.replace("analyst", "admin")), id="two sets of attributes"),
        pytest.param(
            GOOD.replace(
                "<cas:authenticationSuccess>", "<cas:authenticationFailure code='X'/><cas:authenticationSuccess>"
            ),
            id="failure and success",
        ),
        pytest.param(GOOD + GOOD, id="two documents"),
    ],
)
def test_answer_of_another_shape_signs_nobody_in(client, cas, server, body):
    server.says(body.encode())
    answer = answer_to(client, cas)
    assert answer.status == 503
    assert "cannot be reached at present" in answer.text
    assert who(client) == "guest"


def test_two_addresses_in_one_answer_are_not_both_believed(client, cas, server):
    """The first one counts, whatever comes later; the person has one address."""
    server.says(
        GOOD.replace(
            MAIL, MAIL.replace("</cas:attributes>", "<cas:mail>admin@example.org</cas:mail></cas:attributes>")
        ).encode()
    )
    answer_to(client, cas)
    assert who(client) == "analyst@example.org"


def test_markup_in_a_name_stays_text(client, cas, server):
    cas.creates_accounts = True
    cas.save()
    name = "<cas:displayName>&lt;script&gt;alert(1)&lt;/script&gt;</cas:displayName>"
    server.says(GOOD.replace("analyst@", "new@").replace("</cas:attributes>", f"{name}</cas:attributes>").encode())
    answer_to(client, cas)
    assert who(client) == "new@example.org"
    assert "<script>alert" not in client.get("/home/project-begin.view").text


def test_answer_larger_than_two_megabytes_is_not_read_on(client, cas, server):
    server.says([b"x" * 1_000_000] * 100)
    assert answer_to(client, cas).status == 503


def test_answer_that_drips_for_ever_is_given_up(client, cas, server, monkeypatch):
    fetch = cas_settings.fetch
    monkeypatch.setattr(cas_settings, "fetch", lambda url, **how: fetch(url, **how, seconds=0.5))
    server.says([b" "] * 100)
    assert answer_to(client, cas).status == 503
    assert "no answer within 0.5 seconds" in last_failure().comment


def test_redirect_to_another_host_is_not_followed(client, cas, server):
    with hostile() as other:
        other.says(GOOD.encode())
        server.says(b"", 302, Location=other.url + "/p3/serviceValidate?ticket=ST-1")
        assert answer_to(client, cas).status == 503
        assert other.asked == []


@pytest.mark.parametrize("status", [201, 204, 400, 403, 500, 503])
def test_success_with_a_status_of_failure_is_no_success(client, cas, server, status):
    server.says(GOOD.encode() if status != 204 else b"", status)
    assert answer_to(client, cas).status == 503
    assert who(client) == "guest"


def test_words_of_the_server_go_into_the_log_in_one_short_line_and_not_onto_the_page(client, cas, server):
    body = (
        f"<cas:serviceResponse {NS}><cas:authenticationFailure code='INVALID_TICKET'>gone\n\n2026 signed in: admin\x07"
    )
    server.says(
        (body.replace("\x07", "&#x202e;") + "x" * 5000 + "</cas:authenticationFailure></cas:serviceResponse>").encode()
    )
    answer = answer_to(client, cas)
    assert answer.status == 403
    assert "2026 signed in" not in answer.text
    assert "\n" not in last_failure().comment
    assert len(last_failure().comment) < 500


OURS, THEIRS = Authority("Ours"), Authority("Theirs")


@pytest.mark.parametrize(
    ("issuer", "is_expired", "status"), [(OURS, False, 303), (THEIRS, False, 503), (OURS, True, 503)]
)
def test_certificate_of_nobody_we_trust_is_refused_and_said(client, analyst, tmp_path, issuer, is_expired, status):
    """Who answers in the server's place would otherwise say who everybody is."""
    pem = tmp_path / "server.pem"
    pem.write_text("".join(issuer.issue("127.0.0.1", is_expired)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with hostile(context) as server:
        server.says(GOOD.encode())
        configuration = configured(server.url, settings={"authorities": OURS.pem})
        assert answer_to(client, configuration).status == status
    assert status == 303 or "is not trusted" in last_failure().comment
    assert (who(client) == "guest") is (status == 503)


def last_failure():
    from keyhouse.audit import Kind
    from keyhouse.audit.models import AuditEvent

    return AuditEvent.objects.filter(kind=Kind.SIGN_IN_FAILED).order_by("sequence").last()
