"""People who sign in, for the tests of pages."""

from django.test import Client

from tenants.services import StaffAsked, invite_staff

PASSWORD = "kaze-no-toorimichi-7"


def sign_in(asked: StaffAsked) -> Client:
    """Invite a person and return the browser in which that person is signed in."""
    staff, _ = invite_staff(asked, PASSWORD)
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return client
