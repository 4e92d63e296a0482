"""Who takes part, and under which terms."""

from tenants.models.api_key import ApiKey
from tenants.models.centre import Centre
from tenants.models.clearance import Clearance
from tenants.models.contract import Contract
from tenants.models.owner import Owner
from tenants.models.password import PasswordLetter, PasswordProof, Vouch
from tenants.models.plan import Plan
from tenants.models.staff import Staff
from tenants.models.tenant import Tenant

__all__ = [
    "ApiKey",
    "Centre",
    "Clearance",
    "Contract",
    "Owner",
    "PasswordLetter",
    "PasswordProof",
    "Plan",
    "Staff",
    "Tenant",
    "Vouch",
]
