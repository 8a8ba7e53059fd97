from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "keyhouse.compliance"
    label = "compliance"
