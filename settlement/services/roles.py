"""Which of the centre's people may do what with money that goes out."""

from typing import Final

from tenants.access import NotAllowed
from tenants.models import Staff
from tenants.passwords import require_own_account

APPROVERS: Final = frozenset({Staff.Role.APPROVER, Staff.Role.ADMINISTRATOR})
EXPORTERS: Final = frozenset({Staff.Role.OPERATOR, Staff.Role.ADMINISTRATOR})
WRITERS: Final = APPROVERS | EXPORTERS  # All but the auditor, who only looks.


def require_centre_role(staff: Staff, roles: frozenset[Staff.Role]) -> None:
    """Refuse anybody but an active person of the centre in one of ``roles``.

    An owner has administrators too, so the role alone says nothing.
    """
    if not (staff.is_active and staff.is_centre and staff.role in roles):
        raise NotAllowed


def require_money_mover(staff: Staff, roles: frozenset[Staff.Role]) -> None:
    """Refuse whose account could be somebody else's too: what moves money counts heads."""
    require_centre_role(staff, roles)
    require_own_account(staff)
