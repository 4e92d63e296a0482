"""The roof: which app answers which path."""

from django.urls import path

from smartpit.web.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
]
