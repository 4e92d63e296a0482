from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "settlement"
    verbose_name = "精算"
    default_auto_field = "django.db.models.BigAutoField"
