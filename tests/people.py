"""People who sign in, for the tests of pages."""

from django.test import Client

from tenants.models import Staff
from tenants.services import StaffAsked, invite_staff

PASSWORD = "kaze-no-toorimichi-7"


def sign_in(asked: StaffAsked) -> Client:
    """Invite a person and return the browser in which that person is signed in."""
    return sign_in_as(invite_staff(asked, PASSWORD)[0])


def sign_in_as(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client
