"""Addresses of the owner API."""

from django.urls import path

from billing.api.owner import cards, endpoints, events, invoices, parties, payments

urlpatterns = [
    path("invoices", invoices.Invoices.as_view(), name="owner-invoices"),
    path("invoices/<str:invoice>", invoices.OneInvoice.as_view(), name="owner-invoice"),
    path("cards", cards.Cards.as_view(), name="owner-cards"),
    path("cards/<str:number>", cards.OneCard.as_view(), name="owner-card"),
    path("cards/<str:number>/replace", cards.Replacement.as_view(), name="owner-card-replace"),
    path("payments", payments.Payments.as_view(), name="owner-payments"),
    path("events", events.Events.as_view(), name="owner-events"),
    path("events/acknowledge", events.Acknowledge.as_view(), name="owner-events-acknowledge"),
    path("events/resend", endpoints.Resend.as_view(), name="owner-events-resend"),
    path("endpoints", endpoints.Endpoints.as_view(), name="owner-endpoints"),
    path("endpoints/<str:endpoint>", endpoints.OneEndpoint.as_view(), name="owner-endpoint"),
    path(
        "endpoints/<str:endpoint>/enable", endpoints.Enable.as_view(), name="owner-endpoint-enable"
    ),
    path(
        "endpoints/<str:endpoint>/rotate", endpoints.Rotate.as_view(), name="owner-endpoint-rotate"
    ),
    path("tenants", parties.Tenants.as_view(), name="owner-tenants"),
    path("tenants/<str:tenant>", parties.OneTenant.as_view(), name="owner-tenant"),
    path("menus", parties.Menus.as_view(), name="owner-menus"),
]
