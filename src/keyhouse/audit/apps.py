from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "keyhouse.audit"
    label = "audit"
