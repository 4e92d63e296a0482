"""物語 in the back office: a story is pasted or sent, played elsewhere, and shown."""

from codecs import BOM_UTF8
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from smartpit.edge.back_office import dressed, site
from smartpit.kernel.errors import DomainError
from smartpit.platform.home import CHECKOUT
from smartpit.web.story.child import STORY_BYTES_MAX, StoryFaulty, played
from smartpit.web.story.shown import events_shown, fault_in_words, statement_shown

EVENTS_SHOWN = 2_000
_EXAMPLE = CHECKOUT / "docs" / "examples" / "worked.json"


class StoryForm(forms.Form):
    """A story as a file, or as text; the file wins."""

    file = forms.FileField(label="物語のファイル（JSON）", required=False)
    text = forms.CharField(
        label="または、ここに貼り付ける",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        sent, text = self.cleaned_data.get("file"), self.cleaned_data.get("text", "")
        if sent and sent.size > STORY_BYTES_MAX:
            raise forms.ValidationError("物語は1MBまでです。")
        body = (sent.read() if sent else text.encode()).removeprefix(BOM_UTF8)
        if not body.strip():
            raise forms.ValidationError("ファイルを選ぶか、物語を貼り付けてください。")
        return {"body": body}


@require_http_methods(["GET", "POST"])
def story(request: HttpRequest) -> HttpResponse:
    """Play a story and show it. The child plays it in a database of its own, thrown away after."""
    is_sent = request.method == "POST"
    first = {"text": _EXAMPLE.read_text(encoding="utf-8") if "example" in request.GET else ""}
    form = StoryForm(request.POST, request.FILES) if is_sent else StoryForm(initial=first)
    words: dict[str, Any] = {"title": "物語（シナリオ）", "form": dressed(form)}
    status = 200
    if is_sent and form.is_valid():
        try:
            words |= _shown(form.cleaned_data["body"])
        except StoryFaulty as refused:
            form.add_error(None, f"{refused.title}。{fault_in_words(refused.detail)}")
        except DomainError as refused:
            form.add_error(None, refused.title)
            status = refused.status
    return render(
        request, "back_office/story.html", site.each_context(request) | words, status=status
    )


site.add_page("story/", story, "story")


def _shown(body: bytes) -> dict[str, Any]:
    told = played(body)
    events = events_shown(body, told["events"])
    return {
        "is_played": True,
        "events": events[:EVENTS_SHOWN],
        "events_left_out": max(0, len(events) - EVENTS_SHOWN),
        "refused_count": sum(not event.is_ok for event in events),
        "statements": [statement_shown(one) for one in told["statements"]],
        "payout_yen": sum(one["payout_yen"] for one in told["statements"]),
    }
