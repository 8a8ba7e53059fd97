from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "keyhouse.accounts"
    label = "accounts"
