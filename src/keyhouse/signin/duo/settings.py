"""What is asked of a Duo configuration, and the values that are sent to Duo."""

from keyhouse.signin.method import Field, FieldKind, Flow, Provider

PAGE = "duo-validate.view"
OPEN = "open"
STANDS_IN = "stands_in"

FIELDS = (
    Field("client_id", "Client ID", "From the application Web SDK in the Duo Admin Panel.", is_required=True),
    Field("client_secret", "Client secret", "From the same page.", is_required=True, is_secret=True),
    Field("api_host", "API hostname", "As api-1234abcd.duosecurity.com.", is_required=True),
    Field(
        "failmode",
        "When Duo cannot be reached",
        "Open lets people pass with one factor; each time is in the audit log.",
        FieldKind.CHOICE,
        default="closed",
        choices=(("closed", "Let nobody pass (closed)"), ("open", "Let people pass (open)")),
    ),
    Field(
        "user_name",
        "User name at Duo",
        "How people are called in the Duo Admin Panel.",
        FieldKind.CHOICE,
        default="email",
        choices=(("email", "The e-mail address"), ("local", "What stands before @")),
    ),
    Field("domain", "Domain left out of user names", "Only addresses of this domain are sent without their ending."),
    Field(
        STANDS_IN,
        "Stands in for factors that people set up here",
        "Only where nobody can enrol at Duo without an administrator: else a password would be enough to do so.",
        FieldKind.FLAG,
        default=False,
    ),
    Field(
        "authorities",
        "Certificates of authorities",
        "PEM, only where a proxy of yours opens the connection to Duo. Instead of those that Duo's library trusts.",
        FieldKind.FILE,
    ),
)


def name_at_duo(provider: Provider, email: str) -> str:
    """Return what somebody is called at Duo. Only one domain loses its ending, or two people would have one name."""
    name, _, domain = email.rpartition("@")
    is_local = provider.text("user_name") == "local" and domain == provider.text("domain").strip().lower()
    return name if is_local else email


def redirect_of(provider: Provider) -> str:
    """Return where Duo leads back to: without a query, as Duo puts its own there."""
    return f"{provider.base_url}/{PAGE}"


def state_of(provider: Provider, flow: Flow) -> str:
    """Return the state that is given to Duo: the journey's, and which configuration of ours it is of."""
    return f"{flow.state}.{provider.id}"


def split_state(state: str) -> tuple[str, int | None]:
    """Return the journey's state and the number of the configuration; None where it is no number."""
    journey, _, number = state.rpartition(".")
    return journey, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
