"""Addresses of the owner API."""

from django.urls import path

from billing.api.owner import (
    cards,
    connection_tests,
    endpoints,
    events,
    imports,
    invoices,
    parties,
    payments,
    twins,
)

urlpatterns = [
    path("invoices", invoices.Invoices.as_view(), name="owner-invoices"),
    path("invoices/import", imports.Import.as_view(), name="owner-invoices-import"),
    path("jobs/<str:job>", imports.Job.as_view(), name="owner-job"),
    path("jobs/<str:job>/errors", imports.Errors.as_view(), name="owner-job-errors"),
    path("invoices/<str:invoice>", invoices.OneInvoice.as_view(), name="owner-invoice"),
    path("cards", cards.Cards.as_view(), name="owner-cards"),
    path("cards/<str:number>", cards.OneCard.as_view(), name="owner-card"),
    path("cards/<str:number>/replace", cards.Replacement.as_view(), name="owner-card-replace"),
    path("payments", payments.Payments.as_view(), name="owner-payments"),
    path("test/payments", twins.TwinPayments.as_view(), name="owner-test-payments"),
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
    path(
        "connection-tests",
        connection_tests.ConnectionTests.as_view(),
        name="owner-connection-tests",
    ),
    path(
        "connection-tests/<str:connection_test>",
        connection_tests.OneConnectionTest.as_view(),
        name="owner-connection-test",
    ),
    path(
        "connection-tests/<str:connection_test>/items/<str:item>/begin",
        connection_tests.Begin.as_view(),
        name="owner-connection-test-begin",
    ),
    path(
        "connection-tests/<str:connection_test>/report",
        connection_tests.ReportResult.as_view(),
        name="owner-connection-test-report",
    ),
    path(
        "connection-tests/<str:connection_test>/certificate",
        connection_tests.Certificate.as_view(),
        name="owner-connection-test-certificate",
    ),
]
