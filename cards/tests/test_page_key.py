"""Cards that were there before their pages get a key of their own, and no fact is touched."""

import io
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command

from cards.models import Card
from smartpit.platform.home import CHECKOUT
from tests.cast import make_card, make_cast


def test_the_migration_gives_every_standing_card_a_different_key(
    committed_db: str, owner_connection: "psycopg.Connection[tuple[object, ...]]"
):
    make_cast()
    numbers = {make_card().number for _ in range(20)}
    owner_connection.execute("ALTER TABLE cards_card DROP COLUMN page_key")
    told = io.StringIO()
    (migration,) = (CHECKOUT / "cards/migrations").glob("*_card_page_key.py")
    call_command("sqlmigrate", "cards", migration.stem, database="owner", stdout=told)
    statements = told.getvalue()
    assert "UPDATE" not in statements
    for statement in statements.replace("BEGIN;", "").replace("COMMIT;", "").split(";"):
        if statement.strip():
            owner_connection.execute(statement)
    owner_connection.commit()
    keys = dict(Card.objects.filter(number__in=numbers).values_list("number", "page_key"))
    assert len(set(keys.values())) == len(keys) == 20
    assert all(isinstance(key, UUID) and key.version == 4 for key in keys.values())


def test_not_even_the_migrating_role_moves_a_page_to_another_card(
    committed_db: str, owner_connection: "psycopg.Connection[tuple[object, ...]]"
):
    make_cast()
    card = make_card()
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        owner_connection.execute(
            "UPDATE cards_card SET page_key = gen_random_uuid() WHERE number = %s", [card.number]
        )
