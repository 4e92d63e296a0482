"""Addresses of the money that goes out, each behind its door, and of the chains' own pages."""

from django.urls import path

from settlement.web import archive, chain, journal, monthly, pages, records
from tenants.web.gates import Door
from tenants.web.roles import Section

_STATEMENTS = Door(pages.statements, Section.STATEMENTS)
_STATEMENT = Door(pages.statement, Section.STATEMENTS)
_PAYOUTS = Door(pages.payouts, Section.PAYOUTS)
_SHARES = Door(pages.sub_statements, Section.STATEMENTS)
_SHARE = Door(pages.sub_statement, Section.STATEMENTS)
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
    path("statements/<uuid:statement_id>/", _STATEMENT.of_owner(), name="statement"),
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
    path("statements/<uuid:sub_statement_id>/", _SHARE.of_tenant(), name="statement"),
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
