"""Kinds of cards; the first digit of a number tells which."""

from django.db import models


class Kind(models.TextChoices):
    STANDARD = "standard", "スタンダードカード"
    JOINT = "joint", "ジョイントカード"
    SHEET = "sheet", "シート"
    NOTIFIED = "notified", "番号通知"
    PHONE = "phone", "電子カード"
