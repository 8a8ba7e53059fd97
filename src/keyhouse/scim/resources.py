"""The resources as the wire has them (RFC 7643, section 4): the published schema is what is kept."""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, CaseExact, ComplexAttribute, Mutability, Reference, Required, Resource, Uniqueness


class Name(ComplexAttribute):
    """The parts of a person's name."""

    formatted: str | None = Field(default=None, max_length=300)
    """The full name, for display."""

    family_name: str | None = Field(default=None, max_length=150)
    """The family name."""

    given_name: str | None = Field(default=None, max_length=150)
    """The given name."""


class Email(ComplexAttribute):
    """One address of a person."""

    value: str | None = Field(default=None, max_length=254)
    """The address."""

    type: str | None = Field(default=None, max_length=40)
    """What it is for, such as work."""

    primary: bool | None = None
    """Whether it is the first to be used."""


class GroupMembership(ComplexAttribute):
    """One group of a person."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the group."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        default=None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the group."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the group."""


class User(Resource[Any]):
    """A person who may sign in."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(default=None, max_length=254)
    """The e-mail address by which the account is known here."""

    name: Name | None = None
    """The parts of the name."""

    display_name: str | None = Field(default=None, max_length=150)
    """The name that pages show."""

    emails: list[Email] | None = Field(default=None, max_length=20)
    """The addresses that the directory knows; mail goes to userName."""

    active: bool | None = None
    """Whether the person may sign in; where not, sessions have ended and keys are refused."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The groups to which the person belongs; they are changed through the groups."""


class GroupMember(ComplexAttribute):
    """One member of a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the member."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        default=None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the member."""

    type: Annotated[str | None, Mutability.immutable] = Field(default=None, examples=["User", "Group"])
    """User or Group."""


class Group(Resource[Any]):
    """A group of the site."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The name of the group."""

    members: list[GroupMember] | None = None
    """People, and other groups."""
