"""日次封印: what of each day was sealed, in a chain, and what came after its day was."""

from django.db import models

from smartpit.kernel.append_only import AppendOnly


class SealMark(models.Model):
    """Up to this day, it included, facts are being sealed: what is stamped so from now on is late.

    A trigger of every sealed table asks for the newest row (``migrations/seals_0008.sql``).
    """

    upto = models.DateField("封印日", unique=True)
    marked_at = models.DateTimeField("開始日時")

    class Meta:
        verbose_name = "封印の開始"
        verbose_name_plural = "封印の開始"
        constraints = [AppendOnly(name="seal_mark_append_only")]

    def __str__(self) -> str:
        return f"{self.upto}"


class LateFact(models.Model):
    """A fact stamped in a day that was sealed already: it is sealed with ``day`` instead."""

    kind = models.CharField("種類", max_length=20)
    fact_id = models.CharField("記録", max_length=40)
    day = models.DateField("封印日", db_index=True)

    class Meta:
        verbose_name = "封印後の記録"
        verbose_name_plural = "封印後の記録"
        constraints = [
            models.UniqueConstraint(fields=["kind", "fact_id"], name="late_fact_once"),
            AppendOnly(name="late_fact_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fact_id}"


class DaySeal(models.Model):
    """One day's facts under one hash, which holds the former day's."""

    day = models.DateField("封印日", primary_key=True)
    version = models.SmallIntegerField("書式")
    facts_count = models.IntegerField("件数")
    facts_sha256 = models.CharField(max_length=64)
    former_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField("封印日時")

    class Meta:
        verbose_name = "日次封印"
        verbose_name_plural = "日次封印"
        constraints = [
            models.UniqueConstraint(fields=["former_sha256"], name="seal_follows_one_seal"),
            AppendOnly(name="day_seal_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.sha256[:12]}"


class AuditRun(models.Model):
    """One look through the books, and what was wrong; ``faults`` holds each red check's first."""

    began_at = models.DateTimeField("開始日時", db_index=True)
    ended_at = models.DateTimeField("終了日時")
    checks_count = models.IntegerField("検査")
    looked_at = models.BigIntegerField("件数")
    faults = models.JSONField("問題", default=dict)

    class Meta:
        verbose_name = "監査の記録"
        verbose_name_plural = "監査の記録"
        constraints = [AppendOnly(name="audit_run_append_only")]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M} {'、'.join(self.faults) or 'ok'}"
