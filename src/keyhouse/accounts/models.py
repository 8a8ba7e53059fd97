"""Principals share one range of ids, so that a role can be assigned to a user or a group alike.

Groups -1 to -4 are always there, with the ids that client libraries know.
"""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

ADMINISTRATORS_ID = -1
ALL_SITE_USERS_ID = -2
GUESTS_ID = -3
DEVELOPERS_ID = -4


class Principal(models.Model):
    """Who can be granted a role: a user or a group."""

    id = models.AutoField(primary_key=True)

    class Meta:
        db_table = "keyhouse_principal"


class UserManager(BaseUserManager["User"]):
    """Finds users by e-mail address without regard to case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, Principal):
    """A person or a service account, named by an e-mail address in lower case.

    `session_generation` counts the events that end every browser session of the user (deactivation, a new password):
    a session of an older generation is dead in the same transaction, by comparison, whatever table it is in.
    """

    email = models.EmailField(max_length=254, unique=True)
    display_name = models.CharField(max_length=150)
    is_service = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    session_generation = models.IntegerField(default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        db_table = "keyhouse_user"

    def __str__(self) -> str:
        return self.email

    def get_session_auth_hash(self) -> str:
        """Tie tokens of the framework to the session generation as well as to the password."""
        return f"{super().get_session_auth_hash()}{self.session_generation}"


class Group(Principal):
    """A group of the site, or of the project whose entity id it has; members are users and other groups."""

    name = models.CharField(max_length=64)
    is_system = models.BooleanField(default=False)
    project = models.UUIDField(null=True, db_index=True)

    class Meta:
        db_table = "keyhouse_group"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(project__isnull=True), name="one_site_group_of_a_name"
            ),
            models.UniqueConstraint(fields=["project", "name"], name="one_project_group_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One principal in one group. Cycles do no harm: memberships are followed as a set."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Principal, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "keyhouse_membership"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["group", "member"], name="one_membership"),
            models.CheckConstraint(condition=~models.Q(group=models.F("member")), name="no_group_in_itself"),
        ]
