"""年間カレンダー: an owner's closing dates, statement days and pay days; page, PDF, ICS."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from reportlab.platypus import Flowable

from cards.printing.paper import SMALL, TITLE, WIDTH_MM, space
from settlement.agreed import spans_of
from settlement.paper import RECIPIENT, Column, figures, sample_mark, sheets, told
from settlement.year_calendar import YEARS, Feed, Round, ics, rounds_of
from smartpit.kernel import clock
from tenants.access import Scope
from tenants.models import Owner
from tenants.selectors import centre, terms_of
from tenants.web.gates import StaffRequest

_WEEKDAYS = "月火水木金土日"
_RULE = (
    "精算書作成日（振込金額確定のお知らせ）は締日の8日後、銀行休業日のときは翌営業日です。"
    "入金日は精算書作成日の5銀行営業日後です。銀行休業日は、土曜日、日曜日、国民の祝日、"
    "12月31日から1月3日までです。"
)


@require_safe
def calendar(request: StaffRequest, scope: Scope) -> HttpResponse:
    """Show a year; this one, unless another is asked for."""
    year = _year(request)
    words = {
        "year": year,
        "rounds": _rounds(scope, year),
        "next": _next(scope),
        "rule": _RULE,
        "before": year - 1 if year - 1 in YEARS else None,
        "after": year + 1 if year + 1 in YEARS else None,
    }
    return render(request, "dashboard/settlement/calendar.html", words)


@require_safe
def calendar_pdf(request: StaffRequest, scope: Scope) -> HttpResponse:
    year = _year(request)
    owner = Owner.objects.get(pk=scope.owner)
    rounds = _rounds(scope, year)
    founded = centre()
    assert founded is not None
    mark = sample_mark(is_demo=founded.is_demo)

    def story() -> Sequence[Flowable]:
        return [
            told(f"{year}年 精算カレンダー{mark}", TITLE),
            told(f"{owner.name}　御中", RECIPIENT),
            space(1),
            told(_RULE, SMALL),
            space(3),
            _table(rounds),
        ]

    title = f"精算カレンダー {year}"
    answer = HttpResponse(sheets(title, story, foot=f"{founded.name}　{title}"), "application/pdf")
    answer["Content-Disposition"] = f'inline; filename="calendar-{year}.pdf"'
    return answer


@require_safe
def calendar_ics(request: StaffRequest, scope: Scope) -> HttpResponse:
    year = _year(request)
    owner = Owner.objects.get(pk=scope.owner)
    feed = Feed(
        owner_code=owner.code,
        name=f"精算カレンダー {year}（{owner.name}）",
        domain=urlsplit(settings.SITE_URL).hostname or "localhost",
        told_at=clock.now(),
    )
    content = ics(_rounds(scope, year), feed)
    answer = HttpResponse(content, "text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="calendar-{year}.ics"'
    return answer


def _rounds(scope: Scope, year: int) -> list[Round]:
    return rounds_of(spans_of(terms_of(scope.owner)), year)


def _next(scope: Scope) -> Round | None:
    """Return the round whose pay day comes next, whatever year is looked at."""
    today = clock.business_date()
    soon = (one for year in (today.year, today.year + 1) for one in _rounds(scope, year))
    return next((one for one in soon if one.pays_on >= today), None)


def _year(request: HttpRequest) -> int:
    text = request.GET.get("year", "")
    if not text:
        return clock.business_date().year
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and int(text) in YEARS):
        raise Http404
    return int(text)


def _table(rounds: Sequence[Round]) -> Flowable:
    third = WIDTH_MM / 3  # Of a sheet's width; no money is parted here.
    columns = [
        Column("締日", third),
        Column("精算書作成日（お知らせ）", third),
        Column("入金日", third),
    ]
    rows = [
        [f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）" for day in one.days]
        for one in rounds
    ]
    return figures(columns, rows)
