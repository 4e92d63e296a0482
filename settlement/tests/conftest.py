import pytest

from settlement.models import Payout
from settlement.tests.payout_cast import make_payee, make_payout, person
from tenants.models import Staff
from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def approver(cast: Cast) -> Staff:
    return person("approver")


@pytest.fixture
def operator(cast: Cast) -> Staff:
    return person("operator")


@pytest.fixture
def payout(cast: Cast) -> Payout:
    make_payee(cast.sakura)
    return make_payout(cast.sakura)
