"""Addresses of the till API."""

from django.urls import path

from billing.api.till import views

urlpatterns = [
    path("inquiries", views.Inquiries.as_view(), name="till-inquiries"),
    path("slips", views.Slips.as_view(), name="till-slips"),
    path("payments", views.Payments.as_view(), name="till-payments"),
    path(
        "payments/<str:store>/<str:terminal>/<str:business_date>/<str:receipt>/<str:line>",
        views.PaymentStatus.as_view(),
        name="till-payment-status",
    ),
    path("reversals", views.Reversals.as_view(), name="till-reversals"),
]
