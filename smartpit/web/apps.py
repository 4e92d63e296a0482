from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "smartpit.web"
    verbose_name = "センター"
