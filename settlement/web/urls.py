"""Addresses of the money that goes out, each behind its door, and of the chains' own pages."""

from django.urls import path

from settlement.web import (
    archive,
    chain,
    journal,
    monthly,
    outlook,
    pages,
    papers,
    records,
    statement_rows,
    tenant_transfers,
    year,
)
from tenants.web.gates import Door
from tenants.web.roles import Section

_STATEMENTS = Door(pages.statements, Section.STATEMENTS)
_STATEMENT = Door(pages.statement, Section.STATEMENTS)
_OUTLOOK = Door(outlook.page, Section.OUTLOOK)
_PAYOUTS = Door(pages.payouts, Section.PAYOUTS)
_SHARES = Door(pages.sub_statements, Section.STATEMENTS)
_SHARE = Door(pages.sub_statement, Section.STATEMENTS)
_STATEMENT_PAYMENTS = Door(statement_rows.payments, Section.STATEMENTS)
_CHARGES = Door(statement_rows.charges, Section.STATEMENTS)
_FAXES = Door(statement_rows.faxes, Section.STATEMENTS)
_UNCOLLECTED = Door(statement_rows.uncollected, Section.STATEMENTS)
_SHARE_PAYMENTS = Door(statement_rows.tenant_payments, Section.STATEMENTS)
_PAPER = Door(papers.statement_paper, Section.STATEMENTS)
_SHARE_OF_TENANT = Door(pages.share, Section.STATEMENTS)
_SHARE_PAPER = Door(papers.share_paper, Section.STATEMENTS)
_CSV = Door(papers.statement_csv, Section.STATEMENTS)
_XLSX = Door(papers.statement_xlsx, Section.STATEMENTS)
_SHARE_CSV = Door(papers.share_csv, Section.STATEMENTS)
_SHARE_XLSX = Door(papers.share_xlsx, Section.STATEMENTS)
_ISSUER = Door(papers.issuer, Section.TENANTS, changes=True)
_CALENDAR = Door(year.calendar, Section.STATEMENTS)
_CALENDAR_PDF = Door(year.calendar_pdf, Section.STATEMENTS)
_CALENDAR_ICS = Door(year.calendar_ics, Section.STATEMENTS)
_TRANSFERS = Door(tenant_transfers.transfers, Section.STATEMENTS)
_DRAW = Door(tenant_transfers.draw, Section.PAYMENTS, changes=True)
_TRANSFER_FILE = Door(tenant_transfers.transfer_file, Section.PAYMENTS, changes=True)
_CONSIGNOR = Door(tenant_transfers.consignor, Section.TENANTS, changes=True)
_ACCOUNT = Door(tenant_transfers.account, Section.TENANTS, changes=True)

_ONE = "statements/<uuid:statement_id>/"
_ONES = "statements/<uuid:sub_statement_id>/"
_RECORDS = Door(records.records, Section.RECORDS)
_BALANCE = Door(records.balance, Section.RECORDS)
_BALANCE_PAPER = Door(records.balance_paper, Section.RECORDS)
_MONTHLY = Door(monthly.monthly, Section.RECORDS)
_MONTHLY_CSV = Door(monthly.monthly_csv, Section.RECORDS)
_JOURNAL = Door(journal.journal, Section.RECORDS)
_JOURNAL_FILE = Door(journal.journal_file, Section.RECORDS)
_ACCOUNTS = Door(journal.accounts, Section.RECORDS, changes=True)
_SEARCH = Door(archive.search, Section.RECORDS)
_SEARCH_CSV = Door(archive.search_csv, Section.RECORDS)
_YEAR = Door(archive.year, Section.RECORDS)

dashboard = [
    path("statements/", _STATEMENTS.of_owner(), name="statements"),
    path(_ONE, _STATEMENT.of_owner(), name="statement"),
    path(f"{_ONE}payments/", _STATEMENT_PAYMENTS.of_owner(), name="statement_payments"),
    path(f"{_ONE}charges/", _CHARGES.of_owner(), name="statement_charges"),
    path(f"{_ONE}faxes/", _FAXES.of_owner(), name="statement_faxes"),
    path(f"{_ONE}uncollected/", _UNCOLLECTED.of_owner(), name="statement_uncollected"),
    path(f"{_ONE}statement.pdf", _PAPER.of_owner(), name="statement_paper"),
    path(f"{_ONES}tenant.pdf", _SHARE_PAPER.of_owner(), name="share_paper"),
    path(f"{_ONES}tenant/", _SHARE_OF_TENANT.of_owner(), name="share"),
    path(f"{_ONES}tenant/payments/", _SHARE_PAYMENTS.of_owner(), name="share_payments"),
    path(f"{_ONES}tenant/payments.csv", _SHARE_CSV.of_owner(), name="share_csv"),
    path(f"{_ONES}tenant/payments.xlsx", _SHARE_XLSX.of_owner(), name="share_xlsx"),
    path(f"{_ONE}payments.csv", _CSV.of_owner(), name="statement_csv"),
    path(f"{_ONE}payments.xlsx", _XLSX.of_owner(), name="statement_xlsx"),
    path("statements/calendar/", _CALENDAR.of_owner(), name="calendar"),
    path("statements/calendar.pdf", _CALENDAR_PDF.of_owner(), name="calendar_pdf"),
    path("statements/calendar.ics", _CALENDAR_ICS.of_owner(), name="calendar_ics"),
    path(f"{_ONE}transfers/", _TRANSFERS.of_owner(), name="tenant_transfers"),
    path(f"{_ONE}transfers/draw", _DRAW.of_owner(), name="draw_tenant_transfers"),
    path(f"{_ONE}transfers.txt", _TRANSFER_FILE.of_owner(), name="tenant_transfer_file"),
    path("tenants/consignor", _CONSIGNOR.of_owner(), name="consignor"),
    path("tenants/<int:tenant_id>/account", _ACCOUNT.of_owner(), name="tenant_account"),
    path("tenants/issuer", _ISSUER.of_owner(), name="issuer"),
    path("outlook/", _OUTLOOK.of_owner(), name="outlook"),
    path("payouts/", _PAYOUTS.of_owner(), name="payouts"),
    path("records/", _RECORDS.of_owner(), name="records"),
    path("records/balance/", _BALANCE.of_owner(), name="balance"),
    path("records/balance.pdf", _BALANCE_PAPER.of_owner(), name="balance_paper"),
    path("records/monthly/", _MONTHLY.of_owner(), name="monthly"),
    path("records/monthly.csv", _MONTHLY_CSV.of_owner(), name="monthly_csv"),
    path("records/journal/", _JOURNAL.of_owner(), name="journal"),
    path("records/journal.csv", _JOURNAL_FILE.of_owner(), name="journal_file"),
    path("records/accounts", _ACCOUNTS.of_owner(), name="accounts"),
    path("records/search/", _SEARCH.of_owner(), name="search"),
    path("records/search.csv", _SEARCH_CSV.of_owner(), name="search_csv"),
    path("records/years/<int:year>.zip", _YEAR.of_owner(), name="year"),
]
portal = [
    path("statements/", _SHARES.of_tenant(), name="statements"),
    path(_ONES, _SHARE.of_tenant(), name="statement"),
    path(f"{_ONES}payments/", _SHARE_PAYMENTS.of_tenant(), name="statement_payments"),
    path(f"{_ONES}statement.pdf", _SHARE_PAPER.of_tenant(), name="statement_paper"),
    path(f"{_ONES}payments.csv", _SHARE_CSV.of_tenant(), name="statement_csv"),
    path(f"{_ONES}payments.xlsx", _SHARE_XLSX.of_tenant(), name="statement_xlsx"),
]
chain_pages = [
    path("", chain.sign_in, name="sign_in"),
    path("sign-out", chain.sign_out, name="sign_out"),
    path("days/", chain.days, name="days"),
    path("files/", chain.files, name="files"),
    path("files/<uuid:file_id>/", chain.one_file, name="file"),
    path("stores/", chain.stores, name="stores"),
    path("keys/", chain.keys, name="keys"),
    path("conformance/", chain.conformance, name="conformance"),
]
