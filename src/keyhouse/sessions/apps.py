from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "keyhouse.sessions"
    label = "browsersessions"
