"""Addresses of who takes part, each behind its door."""

from django.urls import path

from tenants.web import pages
from tenants.web.gates import Door
from tenants.web.roles import Section

_TENANTS = Door(pages.tenants, Section.TENANTS)
_APPLY = Door(pages.apply, Section.TENANTS, changes=True)

dashboard = [
    path("tenants/", _TENANTS.of_owner(), name="tenants"),
    path("tenants/apply", _APPLY.of_owner(), name="apply_tenant"),
]
