"""Events, the systems they are sent to and their deliveries, in the back office: looked at."""

from django.http import HttpRequest

from billing.models import Attempt, Event
from billing.selectors import worded
from smartpit.edge.back_office import LinesInline, RowsAdmin


class AttemptInline(LinesInline):
    model = Attempt
    verbose_name_plural = "送信の記録"
    fields = ("attempted_at", "answer_status", "failure")
    ordering = ("-attempted_at",)


class EventAdmin(RowsAdmin):
    list_display = ("occurred_at", "type", "owner", "sequence", "tenant", "tenant_sequence")
    list_filter = ("type",)
    list_select_related = ("owner", "tenant")
    ordering = ("-id",)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Event | None:
        """Show a confirmation with the words it is told with."""
        event: Event | None = super().get_object(request, object_id, from_field)
        return event and worded([event])[0]


class EndpointAdmin(RowsAdmin):
    list_display = ("url", "owner", "tenant", "status", "made_at")
    list_filter = ("status",)
    list_select_related = ("owner", "tenant")
    hidden = ("secret", "former_secret")


class DeliveryAdmin(RowsAdmin):
    list_display = ("id", "owner", "endpoint", "status", "attempts", "next_attempt_at")
    list_filter = ("status",)
    list_select_related = ("owner", "endpoint")
    ordering = ("-id",)
    inlines = (AttemptInline,)
