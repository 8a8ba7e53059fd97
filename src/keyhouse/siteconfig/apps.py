from django.apps import AppConfig


class SiteconfigConfig(AppConfig):
    name = "keyhouse.siteconfig"
    label = "siteconfig"
