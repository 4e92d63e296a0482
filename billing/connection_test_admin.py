"""接続試験 in the back office: looked at, never changed."""

from billing.models import ConnectionTestItem
from smartpit.edge.back_office import LinesInline, RowsAdmin


class ConnectionTestItemInline(LinesInline):
    model = ConnectionTestItem
    fields = ("place", "kind", "status", "run", "ended_at", "reason")
    ordering = ("place",)


class ConnectionTestAdmin(RowsAdmin):
    list_display = ("owner", "status", "started_at", "ended_at", "certificate")
    list_filter = ("status",)
    search_fields = ("certificate", "owner__name", "owner__code")
    list_select_related = ("owner",)
    ordering = ("-started_at",)
    hidden = ("seed",)
    inlines = (ConnectionTestItemInline,)
