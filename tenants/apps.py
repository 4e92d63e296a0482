from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "参加者"
    default_auto_field = "django.db.models.BigAutoField"
