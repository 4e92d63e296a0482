"""Addresses of billing's pages, each behind its door."""

from django.urls import path

from billing.web import (
    batches,
    cards,
    channels,
    connection_tests,
    desk,
    drafts,
    endpoints,
    imports,
    invoices,
    menus,
    packs,
    payments,
    phone,
    prints,
    sheets,
    slips,
    specification,
    till,
)
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

_IMPORTS = Door(imports.imports, Section.INVOICES)
_SEND_IMPORT = Door(imports.send, Section.INVOICES, changes=True)
_IMPORT = Door(imports.job, Section.INVOICES)
_IMPORT_PROGRESS = Door(imports.progress, Section.INVOICES)
_IMPORT_ERRORS = Door(imports.errors, Section.INVOICES)

_MENUS = Door(menus.menus, Section.MENUS)
_MAKE_MENU = Door(menus.make, Section.MENUS, changes=True)
_DESK = Door(desk.desk, Section.DESK, changes=True)
_DESK_REPLACE = Door(desk.replace, Section.DESK, changes=True)
_DESK_UNDO = Door(desk.undo, Section.DESK, changes=True)
_DESK_SLIP = Door(desk.slip, Section.DESK)
_CARDS = Door(cards.cards, Section.CARDS)
_ISSUE = Door(cards.issue, Section.CARDS, changes=True)
_MEMBER = Door(cards.member, Section.CARDS)
_REPLACE = Door(cards.replace, Section.CARDS, changes=True)
_SUSPEND_CARD = Door(cards.suspend, Section.CARDS, changes=True)
_RESUME_CARD = Door(cards.resume, Section.CARDS, changes=True)
_RETIRE_CARD = Door(cards.retire, Section.CARDS, changes=True)
_BATCHES = Door(batches.batches, Section.BATCHES)
_ORDER = Door(drafts.order, Section.BATCHES, changes=True)
_DRAFT = Door(drafts.draft, Section.BATCHES)
_PICTURE = Door(drafts.picture, Section.BATCHES)
_REDRAFT = Door(drafts.redraft, Section.BATCHES, changes=True)
_PLACE = Door(drafts.place, Section.BATCHES, changes=True)
_DROP = Door(drafts.drop, Section.BATCHES, changes=True)
_ERRORS = Door(drafts.errors, Section.BATCHES)
_BATCH = Door(batches.batch, Section.BATCHES)
_PROGRESS = Door(batches.progress, Section.BATCHES)
_FILE = Door(batches.file, Section.BATCHES)
_FILES = Door(batches.files, Section.BATCHES)
_PAUSE = Door(batches.pause, Section.BATCHES, changes=True)
_RESUME_BATCH = Door(batches.resume, Section.BATCHES, changes=True)
_PRINTS = Door(prints.prints, Section.BATCHES)
_REPRINT = Door(prints.reprint, Section.BATCHES, changes=True)
_PACK = Door(packs.pack, Section.BATCHES, changes=True)
_TAKE_PACK = Door(packs.take, Section.BATCHES, changes=True)
_SPECIFICATION = Door(specification.specification_pdf, Section.BATCHES)
_ADD_ENDPOINT = Door(endpoints.add, Section.CONNECTION, changes=True)
_ENDPOINT = Door(endpoints.endpoint, Section.CONNECTION)
_ROTATE = Door(endpoints.rotate, Section.CONNECTION, changes=True)
_REMOVE = Door(endpoints.remove, Section.CONNECTION, changes=True)
_ENABLE = Door(endpoints.enable, Section.CONNECTION, changes=True)
_RESEND = Door(endpoints.resend, Section.CONNECTION, changes=True)
_CHANNEL = Door(channels.channel, Section.CONNECTION, changes=True)
_CONNECTION = Door(endpoints.connection, Section.CONNECTION)
_MAKE_KEY = Door(endpoints.make_key, Section.CONNECTION, changes=True)
_TESTS = Door(connection_tests.tests, Section.CONNECTION)
_START_TEST = Door(connection_tests.start, Section.CONNECTION, changes=True)
_TEST = Door(connection_tests.test, Section.CONNECTION)
_TEST_PROGRESS = Door(connection_tests.progress, Section.CONNECTION)
_BEGIN_ITEM = Door(connection_tests.begin, Section.CONNECTION, changes=True)
_RESEND_TEST = Door(connection_tests.resend, Section.CONNECTION, changes=True)
_STOP_TEST = Door(connection_tests.stop, Section.CONNECTION, changes=True)
_REPORT_TEST = Door(connection_tests.report, Section.CONNECTION, changes=True)
_CERTIFICATE = Door(connection_tests.certificate, Section.CONNECTION)

dashboard = [
    path("payments/", _PAYMENTS.of_owner(), name="payments"),
    path("payments/new", _NEW_PAYMENTS.of_owner(), name="new_payments"),
    path("payments.csv", _PAYMENTS_CSV.of_owner(), name="payments_csv"),
    path("payments/<uuid:payment_id>/", _PAYMENT.of_owner(), name="payment"),
    path("invoices/", _INVOICES.of_owner(), name="invoices"),
    path("invoices/register/<slug:kind>", _REGISTER.of_owner(), name="register_invoice"),
    path("invoices/imports/", _IMPORTS.of_owner(), name="imports"),
    path("invoices/imports/send", _SEND_IMPORT.of_owner(), name="send_import"),
    path("invoices/imports/<uuid:job_id>/", _IMPORT.of_owner(), name="import"),
    path(
        "invoices/imports/<uuid:job_id>/progress",
        _IMPORT_PROGRESS.of_owner(),
        name="import_progress",
    ),
    path(
        "invoices/imports/<uuid:job_id>/errors.csv",
        _IMPORT_ERRORS.of_owner(),
        name="import_errors",
    ),
    path("invoices/<uuid:invoice_id>/", _INVOICE.of_owner(), name="invoice"),
    path("invoices/<uuid:invoice_id>/change", _CHANGE.of_owner(), name="change_invoice"),
    path("invoices/<uuid:invoice_id>/withdraw", _WITHDRAW.of_owner(), name="withdraw_invoice"),
    path("invoices/<uuid:invoice_id>/suspend", _SUSPEND.of_owner(), name="suspend_invoice"),
    path("invoices/<uuid:invoice_id>/resume", _RESUME.of_owner(), name="resume_invoice"),
    path("menus/", _MENUS.of_owner(), name="menus"),
    path("menus/make", _MAKE_MENU.of_owner(), name="make_menu"),
    path("desk/", _DESK.of_owner(), name="desk"),
    path("desk/replace", _DESK_REPLACE.of_owner(), name="desk_replace"),
    path("desk/hand-overs/<int:hand_over_id>/undo", _DESK_UNDO.of_owner(), name="desk_undo"),
    path("desk/slips/<int:member_id>/", _DESK_SLIP.of_owner(), name="desk_slip"),
    path("cards/", _CARDS.of_owner(), name="cards"),
    path("cards/issue", _ISSUE.of_owner(), name="issue_card"),
    path("cards/<int:member_id>/", _MEMBER.of_owner(), name="member"),
    path("cards/<int:member_id>/print", _REPRINT.of_owner(), name="reprint"),
    path("cards/<int:member_id>/replace", _REPLACE.of_owner(), name="replace_card"),
    path("cards/<int:member_id>/suspend", _SUSPEND_CARD.of_owner(), name="suspend_card"),
    path("cards/<int:member_id>/resume", _RESUME_CARD.of_owner(), name="resume_card"),
    path("cards/<int:member_id>/retire", _RETIRE_CARD.of_owner(), name="retire_card"),
    path("batches/", _BATCHES.of_owner(), name="batches"),
    path("batches/order", _ORDER.of_owner(), name="order_batch"),
    path("batches/<uuid:batch_id>/", _BATCH.of_owner(), name="batch"),
    path("batches/<uuid:batch_id>/draft", _DRAFT.of_owner(), name="draft"),
    path("batches/<uuid:batch_id>/draft/<slug:side>.png", _PICTURE.of_owner(), name="draft_side"),
    path("batches/<uuid:batch_id>/redraft", _REDRAFT.of_owner(), name="redraft"),
    path("batches/<uuid:batch_id>/place", _PLACE.of_owner(), name="place_batch"),
    path("batches/<uuid:batch_id>/drop", _DROP.of_owner(), name="drop_draft"),
    path("batches/<uuid:batch_id>/errors.csv", _ERRORS.of_owner(), name="batch_errors"),
    path("batches/<uuid:batch_id>/pause", _PAUSE.of_owner(), name="pause_batch"),
    path("batches/<uuid:batch_id>/resume", _RESUME_BATCH.of_owner(), name="resume_batch"),
    path("prints/", _PRINTS.of_owner(), name="prints"),
    path("batches/<uuid:batch_id>/progress", _PROGRESS.of_owner(), name="batch_progress"),
    path("batches/<uuid:batch_id>/files.zip", _FILES.of_owner(), name="batch_files"),
    path("batches/<uuid:batch_id>/files/<int:file_id>", _FILE.of_owner(), name="batch_file"),
    path("batches/<uuid:batch_id>/pack", _PACK.of_owner(), name="pack"),
    path("batches/<uuid:batch_id>/packs/<int:pack_id>", _TAKE_PACK.of_owner(), name="take_pack"),
    path("designs/specification.pdf", _SPECIFICATION.of_owner(), name="specification"),
    path("connection/", _CONNECTION.of_owner(), name="connection"),
    path("connection/keys", _MAKE_KEY.of_owner(), name="make_key"),
    path("connection/resend", _RESEND.of_owner(), name="resend_events"),
    path("connection/channel", _CHANNEL.of_owner(), name="notice_channel"),
    path(
        "connection/endpoints/<uuid:endpoint_id>/enable", _ENABLE.of_owner(), name="enable_endpoint"
    ),
    path("connection/endpoints/add", _ADD_ENDPOINT.of_owner(), name="add_endpoint"),
    path("connection/endpoints/<uuid:endpoint_id>/", _ENDPOINT.of_owner(), name="endpoint"),
    path(
        "connection/endpoints/<uuid:endpoint_id>/rotate", _ROTATE.of_owner(), name="rotate_secret"
    ),
    path(
        "connection/endpoints/<uuid:endpoint_id>/remove", _REMOVE.of_owner(), name="remove_endpoint"
    ),
    path("connection/tests/", _TESTS.of_owner(), name="connection_tests"),
    path("connection/tests/start", _START_TEST.of_owner(), name="start_connection_test"),
    path("connection/tests/<uuid:test_id>/", _TEST.of_owner(), name="connection_test"),
    path(
        "connection/tests/<uuid:test_id>/progress",
        _TEST_PROGRESS.of_owner(),
        name="connection_test_progress",
    ),
    path(
        "connection/tests/<uuid:test_id>/items/<slug:kind>",
        _BEGIN_ITEM.of_owner(),
        name="begin_connection_item",
    ),
    path(
        "connection/tests/<uuid:test_id>/resend",
        _RESEND_TEST.of_owner(),
        name="resend_connection_test",
    ),
    path(
        "connection/tests/<uuid:test_id>/stop", _STOP_TEST.of_owner(), name="stop_connection_test"
    ),
    path(
        "connection/tests/<uuid:test_id>/report",
        _REPORT_TEST.of_owner(),
        name="report_connection_test",
    ),
    path(
        "connection/tests/<uuid:test_id>/certificate.pdf",
        _CERTIFICATE.of_owner(),
        name="connection_certificate",
    ),
]

portal = [
    path("payments/", _PAYMENTS.of_tenant(), name="payments"),
    path("payments/new", _NEW_PAYMENTS.of_tenant(), name="new_payments"),
    path("payments.csv", _PAYMENTS_CSV.of_tenant(), name="payments_csv"),
    path("payments/<uuid:payment_id>/", _PAYMENT.of_tenant(), name="payment"),
    path("invoices/", _INVOICES.of_tenant(), name="invoices"),
    path("invoices/register/<slug:kind>", _REGISTER.of_tenant(), name="register_invoice"),
    path("invoices/imports/", _IMPORTS.of_tenant(), name="imports"),
    path("invoices/imports/send", _SEND_IMPORT.of_tenant(), name="send_import"),
    path("invoices/imports/<uuid:job_id>/", _IMPORT.of_tenant(), name="import"),
    path(
        "invoices/imports/<uuid:job_id>/progress",
        _IMPORT_PROGRESS.of_tenant(),
        name="import_progress",
    ),
    path(
        "invoices/imports/<uuid:job_id>/errors.csv",
        _IMPORT_ERRORS.of_tenant(),
        name="import_errors",
    ),
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
    path("slips", slips.make, name="make-slip"),
    path("slips/<slug:code>/", slips.paper, name="slip"),
    path("slips/<slug:code>/pay", slips.pay, name="pay-slip"),
    path("receipts/<uuid:payment_id>/", till.receipt, name="receipt"),
    path("receipts/<uuid:payment_id>/cancel", till.cancel, name="cancel"),
]

card_pages = [
    path("worker.js", phone.worker, name="worker"),
    path("<str:token>", phone.card_page, name="page"),
    path("<str:token>/choose", phone.choose, name="choose"),
    path("<str:token>/manifest.webmanifest", phone.manifest, name="manifest"),
]

sheet_pages = [
    path("", sheets.sheets, name="sheets"),
    path("make", sheets.make, name="make"),
    path("made/<str:link>/", sheets.made, name="made"),
    path("made/<str:link>/sheet.pdf", sheets.pdf, name="pdf"),
]
