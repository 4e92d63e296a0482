"""Addresses of billing's pages, each behind its door."""

from django.urls import path

from billing.web import invoices, menus, payments, till
from tenants.web.gates import Door
from tenants.web.roles import Section

_PAYMENTS = Door(payments.payments, Section.PAYMENTS)
_NEW_PAYMENTS = Door(payments.new_payments, Section.PAYMENTS)
_PAYMENTS_CSV = Door(payments.payments_csv, Section.PAYMENTS)
_PAYMENT = Door(payments.payment, Section.PAYMENTS)
_INVOICES = Door(invoices.invoices, Section.INVOICES)
_INVOICE = Door(invoices.invoice, Section.INVOICES)
_REGISTER = Door(invoices.register, Section.INVOICES, changes=True)
_CHANGE = Door(invoices.change, Section.INVOICES, changes=True)
_WITHDRAW = Door(invoices.withdraw, Section.INVOICES, changes=True)
_SUSPEND = Door(invoices.suspend, Section.INVOICES, changes=True)
_RESUME = Door(invoices.resume, Section.INVOICES, changes=True)

_MENUS = Door(menus.menus, Section.MENUS)
_MAKE_MENU = Door(menus.make, Section.MENUS, changes=True)

dashboard = [
    path("payments/", _PAYMENTS.of_owner(), name="payments"),
    path("payments/new", _NEW_PAYMENTS.of_owner(), name="new_payments"),
    path("payments.csv", _PAYMENTS_CSV.of_owner(), name="payments_csv"),
    path("payments/<uuid:payment_id>/", _PAYMENT.of_owner(), name="payment"),
    path("invoices/", _INVOICES.of_owner(), name="invoices"),
    path("invoices/register/<slug:kind>", _REGISTER.of_owner(), name="register_invoice"),
    path("invoices/<uuid:invoice_id>/", _INVOICE.of_owner(), name="invoice"),
    path("invoices/<uuid:invoice_id>/change", _CHANGE.of_owner(), name="change_invoice"),
    path("invoices/<uuid:invoice_id>/withdraw", _WITHDRAW.of_owner(), name="withdraw_invoice"),
    path("invoices/<uuid:invoice_id>/suspend", _SUSPEND.of_owner(), name="suspend_invoice"),
    path("invoices/<uuid:invoice_id>/resume", _RESUME.of_owner(), name="resume_invoice"),
    path("menus/", _MENUS.of_owner(), name="menus"),
    path("menus/make", _MAKE_MENU.of_owner(), name="make_menu"),
]

portal = [
    path("payments/", _PAYMENTS.of_tenant(), name="payments"),
    path("payments/new", _NEW_PAYMENTS.of_tenant(), name="new_payments"),
    path("payments.csv", _PAYMENTS_CSV.of_tenant(), name="payments_csv"),
    path("payments/<uuid:payment_id>/", _PAYMENT.of_tenant(), name="payment"),
    path("invoices/", _INVOICES.of_tenant(), name="invoices"),
    path("invoices/register/<slug:kind>", _REGISTER.of_tenant(), name="register_invoice"),
    path("invoices/<uuid:invoice_id>/", _INVOICE.of_tenant(), name="invoice"),
    path("invoices/<uuid:invoice_id>/change", _CHANGE.of_tenant(), name="change_invoice"),
    path("invoices/<uuid:invoice_id>/withdraw", _WITHDRAW.of_tenant(), name="withdraw_invoice"),
    path("invoices/<uuid:invoice_id>/suspend", _SUSPEND.of_tenant(), name="suspend_invoice"),
    path("invoices/<uuid:invoice_id>/resume", _RESUME.of_tenant(), name="resume_invoice"),
]

till_pages = [
    path("", till.kiosk, name="kiosk"),
    path("invoices", till.invoices, name="invoices"),
    path("register", till.register, name="register"),
    path("pay", till.pay, name="pay"),
    path("receipts/<uuid:payment_id>/", till.receipt, name="receipt"),
    path("receipts/<uuid:payment_id>/cancel", till.cancel, name="cancel"),
]
