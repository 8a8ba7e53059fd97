from django.apps import AppConfig


class SigninConfig(AppConfig):
    name = "keyhouse.signin"
    label = "signin"
