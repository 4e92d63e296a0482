"""Addresses of the owner API that tell of money going out, and of the till API that brings it."""

from django.urls import path

from settlement.api import owner, till, twins

urlpatterns = [
    path("statements", owner.Statements.as_view(), name="owner-statements"),
    path("statements/<str:statement>", owner.OneStatement.as_view(), name="owner-statement"),
    path(
        "test/confirmations",
        twins.TwinConfirmations.as_view(),
        name="owner-test-confirmations",
    ),
    path("payouts", owner.Payouts.as_view(), name="owner-payouts"),
]

till_urlpatterns = [
    path("confirmations", till.Confirmations.as_view(), name="till-confirmations"),
    path("confirmations/<str:file>", till.OneConfirmation.as_view(), name="till-confirmation"),
]
