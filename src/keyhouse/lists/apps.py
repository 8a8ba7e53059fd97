from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "keyhouse.lists"
    label = "lists"
