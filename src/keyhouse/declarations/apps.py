from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    name = "keyhouse.declarations"
    label = "declarations"
