from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "keyhouse.keys"
    label = "keys"
