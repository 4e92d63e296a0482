"""仕事の予定 in the back office: the days round today, and what is late."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from settlement.agenda.days import Agenda, Day, agenda
from settlement.agenda.task import Task
from smartpit.edge.back_office import site

LATE_SHOWN: Final = 100


@require_safe
def agenda_view(request: HttpRequest) -> HttpResponse:
    """Show what is due and what is late; nothing is done here."""
    found = agenda()
    words: dict[str, Any] = {
        **site.each_context(request),
        "title": "仕事の予定",
        "agenda": found,
        "late": _late(found, found.late[:LATE_SHOWN]),
        "late_left_out": max(0, len(found.late) - LATE_SHOWN),
        "days": [(day, _entries(day)) for day in found.days],
    }
    return render(request, "back_office/agenda.html", words)


site.add_page("agenda/", agenda_view, "settlement_agenda")


def _late(found: Agenda, tasks: Iterable[Task]) -> list[tuple[Task, str, str]]:
    return [(task, task.late_by(found.at), _address(task)) for task in tasks]


def _entries(day: Day) -> list[tuple[Any, list[tuple[Task, str]]]]:
    return [(entry, [(task, _address(task)) for task in entry.named]) for entry in day.entries]


def _address(task: Task) -> str:
    """Return where a task is mended: its row, or the page that shows the row's chain."""
    if task.page == "admin:billing_chainfile_days":
        return f"{reverse(task.page)}?chain={task.pk}"
    return reverse(task.page, args=[task.pk] if task.pk else [])
