from django.apps import AppConfig


class AuthzConfig(AppConfig):
    name = "keyhouse.authz"
    label = "authz"
