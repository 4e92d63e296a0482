from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = "収納"
    default_auto_field = "django.db.models.BigAutoField"
