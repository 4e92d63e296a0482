"""A page that speaks the payer's language, and Japanese beside it where nobody read the words."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation.trans_real import parse_accept_lang_header

from billing.phone_words import JAPANESE, Filling, Language, language_for, languages


@dataclass(frozen=True)
class Speaker:
    """Says each sentence as HTML; a template asks by key: ``{{ say.payable }}``."""

    language: Language

    def __getitem__(self, key: str) -> SafeString:
        return self.said(key)

    def said(self, key: str, **filled: Filling) -> SafeString:
        japanese = languages()[JAPANESE].said(key, **filled)
        return self._beside(self.language.said(key, **filled), japanese)

    def steps(self, machine: str) -> list[SafeString]:
        pairs = zip(self.language.steps[machine], languages()[JAPANESE].steps[machine], strict=True)
        return [self._beside(own, japanese) for own, japanese in pairs]

    def day(self, day: date) -> SafeString:
        return format_html("{}", self.language.day(day))

    def yen(self, amount_yen: int) -> SafeString:
        return format_html("{}", self.language.yen(amount_yen))

    def _beside(self, own: str, japanese: str) -> SafeString:
        if self.language.reviewed or own == japanese:
            return format_html("{}", own)
        return format_html('{} <span class="beside" lang="ja">{}</span>', own, japanese)


def speaker_for(request: HttpRequest) -> Speaker:
    """Return who speaks to this reader: by the link, else by what the browser accepts."""
    told = request.headers.get("Accept-Language", "")
    accepted = [tag for tag, _ in parse_accept_lang_header(told) if tag != "*"]
    return Speaker(language_for(request.GET.get("lang"), accepted))
