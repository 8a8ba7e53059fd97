from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "keyhouse.scim"
    label = "scim"
