from django.apps import AppConfig


class QueriesConfig(AppConfig):
    name = "keyhouse.queries"
    label = "queries"
