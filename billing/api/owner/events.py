"""Owner API: events by cursor, for a system that was away or that only pulls."""

from django.http import HttpResponse
from rest_framework.request import Request

from billing import selectors, tasks
from billing.api.owner import answers, forms
from billing.services.connection_tests import note_cursor_read
from billing.services.events import acknowledge, event_body
from smartpit.edge.described import described
from smartpit.edge.forms import read_query
from smartpit.edge.views import answer
from tenants.api.authentication import OwnerKeyView


class Events(OwnerKeyView):
    @described("イベントを番号順に取得", query=forms.EVENTS_QUERY, answers={200: answers.EVENTS})
    def get(self, request: Request) -> HttpResponse:
        words = read_query(forms.EVENTS_QUERY, request.query_params.lists())
        after = words["after"]
        found, last = selectors.read_after(self.scope, after, words["limit"])
        if self.owner.is_test:
            note_cursor_read(self.scope, after, last)
        events = [event_body(event, event.number) for event in found]
        return answer({"events": events, "last": last})


class Acknowledge(OwnerKeyView):
    @described("受領済みの番号を通知", body=forms.ACKNOWLEDGE, answers={200: answers.ACKNOWLEDGED})
    def post(self, _request: Request) -> HttpResponse:
        upto = self.words(forms.ACKNOWLEDGE)["upto"]
        stream = acknowledge(self.scope, upto)
        if self.owner.is_test:
            tasks.ring_connection_tests(self.scope)
        return answer({"acknowledged": stream.acknowledged, "last": stream.last})
