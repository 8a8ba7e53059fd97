from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "keyhouse.sources"
    label = "sources"
