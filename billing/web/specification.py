"""仕様書: what an owner hands to its designer."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from cards.printing.specification import Lang, specification
from tenants.access import Scope
from tenants.selectors import centre
from tenants.web.gates import StaffRequest


@require_safe
def specification_pdf(request: StaffRequest, scope: Scope) -> HttpResponse:  # noqa: ARG001
    """Answer the specification, ``?lang=ja`` (or none) or ``?lang=en``."""
    lang = Lang.EN if request.GET.get("lang") == Lang.EN else Lang.JA
    founded = centre()
    assert founded is not None
    answer = HttpResponse(specification(lang, centre=founded.name), "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="card-specification-{lang.value}.pdf"'
    return answer
