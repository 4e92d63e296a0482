"""本人のパスワード: who set the password that opens an account, and who knows its person."""

from django.db import models
from django.db.models import F, Q

from smartpit.kernel.append_only import AppendOnly
from tenants.models.staff import Staff


class PasswordProof(models.Model):
    """The fact that an address's own reader set this password, and nobody else saw it.

    ``mark`` is of the address and the password's hash together: a password or an address that
    is changed in any other way, by whatever command or hand, has no proof.
    """

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="password_proofs")
    mark = models.CharField(max_length=64)
    proven_at = models.DateTimeField("設定日時")

    class Meta:
        verbose_name = "本人が設定したパスワード"
        verbose_name_plural = "本人が設定したパスワード"
        constraints = [AppendOnly(name="password_proof_append_only")]


class Vouch(models.Model):
    """The fact that somebody besides the inviter knows this person of the centre (在籍確認)."""

    class Ground(models.TextChoices):
        FOUNDING = "founding", "センター開設時の担当者"
        CONSOLE = "console", "コンソールで指名"
        SECOND = "second", "招待した人とは別の人が確認"
        STANDING = "standing", "在籍確認の導入前からの担当者"

    staff = models.OneToOneField(Staff, models.PROTECT, related_name="vouch", verbose_name="担当者")
    ground = models.CharField("根拠", max_length=10, choices=Ground.choices)
    vouched_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="確認した人"
    )
    vouched_at = models.DateTimeField("確認日時")

    class Meta:
        verbose_name = "在籍確認"
        verbose_name_plural = "在籍確認"
        constraints = [
            models.CheckConstraint(
                condition=Q(ground="second", vouched_by__isnull=False)
                | (~Q(ground="second") & Q(vouched_by=None)),
                name="vouch_names_its_second_person",
            ),
            models.CheckConstraint(
                condition=Q(vouched_by=None) | ~Q(vouched_by=F("staff")),
                name="vouch_is_anothers_word",
            ),
            AppendOnly(name="vouch_append_only"),
        ]


class PasswordLetter(models.Model):
    """パスワード設定の案内: a mail with a link, to the person alone; the link stands nowhere."""

    staff = models.ForeignKey(
        Staff, models.PROTECT, related_name="password_letters", verbose_name="担当者"
    )
    to = models.EmailField("宛先")
    asked_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="依頼した人"
    )
    asked_at = models.DateTimeField("依頼日時")
    sent_at = models.DateTimeField("送信日時", null=True, blank=True)

    class Meta:
        verbose_name = "パスワード設定の案内"
        verbose_name_plural = "パスワード設定の案内"
        constraints = [AppendOnly(name="password_letter_stays", movable=["sent_at"])]
