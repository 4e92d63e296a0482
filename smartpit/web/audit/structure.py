"""What holds the books in the database itself: triggers, keys, rights, and durable commits."""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model

from smartpit.kernel.append_only import AppendOnly, append_only_models
from smartpit.kernel.constraints import CompositeForeignKey, KeyOfSets
from smartpit.platform.embedded import APP_ROLE
from smartpit.web.audit.finding import Check, Finding, ask, count_of, found

# Bits of pg_trigger.tgtype: ROW 1, BEFORE 2, DELETE 8, UPDATE 16, TRUNCATE 32.
_ON_ROWS = 1 + 2 + 8 + 16
_ON_TRUNCATE = 2 + 32
_ON_UPDATE = 1 + 2 + 16
# What a trigger must be: its type, its function, the columns let through, those it looks at.
_Trigger = tuple[int, str, frozenset[str], frozenset[str]]
_DURABLE = {
    "fsync": {"on"},
    "synchronous_commit": {"on", "remote_apply"},
    "full_page_writes": {"on"},
}


def _look_at_triggers() -> Finding:
    """Compare each fact's triggers with what its model declares, to the columns let through."""
    standing = {
        (table, name): (enabled, kind, function, _words(words), frozenset(looks_at))
        for table, name, enabled, kind, function, words, looks_at in ask(
            "SELECT c.relname, t.tgname, t.tgenabled, t.tgtype, p.proname, t.tgargs, "
            "ARRAY(SELECT a.attname::text FROM pg_attribute a "
            "WHERE a.attrelid = c.oid AND a.attnum = ANY (t.tgattr)) "
            "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    }
    wanted = dict(_wanted_triggers())
    faults = [
        f"{table}: トリガー {name} がない、無効、または違う"
        for (table, name), trigger in wanted.items()
        if not _stands(standing.get((table, name)), trigger)
    ]
    return found(len(wanted), faults + _wrong_function())


def _stands(trigger: tuple[Any, ...] | None, wanted: _Trigger) -> bool:
    """A trigger that looks at more columns than it must is as good; without any, it sees all."""
    if trigger is None:
        return False
    enabled, kind, function, let_through, looks_at = trigger
    is_the_one = enabled in ("O", "A") and (kind, function, let_through) == wanted[:3]
    return is_the_one and (not looks_at or (bool(wanted[3]) and looks_at >= wanted[3]))


def _wanted_triggers() -> Iterator[tuple[tuple[str, str], _Trigger]]:
    for model, constraint in append_only_models():
        table, nothing = model._meta.db_table, frozenset[str]()
        movable = frozenset(constraint.movable_columns(model))
        fixed = frozenset(constraint.fixed_columns(model))
        yield (table, f"{constraint.name}_row"), (_ON_ROWS, "refuse_change", movable, fixed)
        yield (
            (table, f"{constraint.name}_truncate"),
            (_ON_TRUNCATE, "refuse_change", nothing, nothing),
        )
        if constraint.fillable:
            kept = frozenset(_columns(model, constraint.movable))
            filled = frozenset(_columns(model, constraint.fillable))
            yield (table, f"{constraint.name}_filled"), (_ON_UPDATE, "refuse_change", kept, filled)


def _words(arguments: bytes) -> frozenset[str]:
    return frozenset(word.decode() for word in bytes(arguments).split(b"\0") if word)


def _wrong_function() -> list[str]:
    """Say whether the triggers' function is still the one that refuses, and whether it is asked."""
    model, constraint = next(append_only_models())
    body = constraint.creation(model).partition("$$")[2].partition("$$")[0]
    named = ask("SELECT prosrc FROM pg_proc WHERE proname = 'refuse_change'")
    faults = [] if named == [(body,)] else ["refuse_change: 関数の内容が違う"]
    if ask("SHOW session_replication_role") != [("origin",)]:
        faults.append("session_replication_role: トリガーが働かない設定")
    return faults


TRIGGERS = Check(
    "append_only",
    "記録は変更・削除・全消去ができない",
    _look_at_triggers,
    lambda: sum(map(_trigger_count, apps.get_models())),
)


def _trigger_count(model: type[Model]) -> int:
    facts = [one for one in model._meta.constraints if isinstance(one, AppendOnly)]
    return sum(3 if constraint.fillable else 2 for constraint in facts)


def _look_at_composite_keys() -> Finding:
    """Follow every composite path by hand: a row's owner is the owner of what it names."""
    looked_at = 0
    faults = []
    for model, key in _composite_keys():
        ((rows, strays),) = ask(_stray_query(model, key))
        looked_at += rows
        if strays:
            faults.append(f"{key.name}: {strays} 件が別のオーナーまたは存在しない行を指す")
    return found(looked_at, faults)


def _composite_keys() -> Iterator[tuple[type[Model], CompositeForeignKey]]:
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, CompositeForeignKey):
                yield model, constraint


def _stray_query(model: type[Model], key: CompositeForeignKey) -> str:
    target = apps.get_model(key.to)
    pairs = zip(_columns(model, key.fields), _columns(target, key.to_fields), strict=True)
    same = " AND ".join(f't."{there}" = r."{here}"' for here, there in pairs)
    return (
        f"SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM "
        f'"{target._meta.db_table}" t WHERE {same})) FROM {_keyed_rows(model, key)}'
    )


def _keyed_rows(model: type[Model], key: CompositeForeignKey) -> str:
    told = " AND ".join(f'r."{column}" IS NOT NULL' for column in _columns(model, key.fields))
    return f'"{model._meta.db_table}" r WHERE {told}'


def _columns(model: type[Model], names: list[str]) -> list[str]:
    return [str(model._meta.get_field(name).column) for name in names]  # type: ignore[union-attr]


COMPOSITE_KEYS = Check(
    "one_owner",
    "どの行も、同じオーナー・テナントの行だけを指す",
    _look_at_composite_keys,
    lambda: sum(count_of(_keyed_rows(model, key)) for model, key in _composite_keys()),
)


def _look_at_constraints() -> Finding:
    """Look for every declared constraint and foreign key, and whether it holds for all rows."""
    standing = ask(
        "SELECT conname, convalidated FROM pg_constraint UNION ALL "
        "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid"
    )
    names = {name for name, _ in standing}
    wanted = [
        constraint.name
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if not isinstance(constraint, AppendOnly | KeyOfSets)
    ]
    faults = [f"{name}: 制約がない" for name in wanted if name not in names]
    faults += [f"{name}: 検証されていない制約" for name, valid in standing if not valid]
    faults += _missing_foreign_keys() + _broken_keys_of_sets()
    faults += [
        f"{table}: 外部キーのトリガーが無効"
        for (table,) in ask(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
            "WHERE tgisinternal AND tgenabled NOT IN ('O', 'A')"
        )
    ]
    return found(len(wanted), faults)


def _broken_keys_of_sets() -> list[str]:
    """Say which key that is asked by the statement does not stand, word for word."""
    standing = set(
        ask(
            "SELECT t.tgname, c.relname, CASE p.proname WHEN 'refuse_change' THEN p.proname "
            "ELSE p.prosrc END FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgenabled IN ('O', 'A') AND NOT t.tgisinternal"
        )
    )
    faults = []
    for model, key in _composite_keys():
        if isinstance(key, KeyOfSets):
            target = apps.get_model(key.to)._meta.db_table
            wanted = {
                (key.name, model._meta.db_table, key.body(model)),
                (f"{key.name}_stays", target, "refuse_change"),
                (f"{key.name}_keeps", target, "refuse_change"),
            }
            faults += [f"{name}: 制約がない" for name, _, _ in sorted(wanted - standing)]
    return faults


def _missing_foreign_keys() -> list[str]:
    standing = set(
        ask(
            "SELECT c.relname, a.attname FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.conrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1] "
            "WHERE k.contype = 'f' AND cardinality(k.conkey) = 1"
        )
    )
    wanted = [
        (model._meta.db_table, str(field.column))
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.remote_field and getattr(field, "db_constraint", False)
    ]
    return [
        f"{table}.{column}: 外部キーがない"
        for table, column in wanted
        if (table, column) not in standing
    ]


CONSTRAINTS = Check(
    "constraints",
    "宣言した制約はすべてあり、全行で検証済み",
    _look_at_constraints,
    lambda: 1,
)


def _look_at_app_role() -> Finding:
    """Ask what the application's role is and may do; it must be the one that asks."""
    ((told,),) = ask(_ROLE)
    faults = [words for words, holds in json.loads(told).items() if not holds]
    tables = ask(
        "SELECT c.relname, has_table_privilege(c.oid, 'TRUNCATE'), "
        "has_table_privilege(c.oid, 'TRIGGER') FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    faults += [f"{table}: 全消去できる" for table, truncates, _ in tables if truncates]
    faults += [f"{table}: トリガーを作れる" for table, _, triggers in tables if triggers]
    for model, constraint in append_only_models():
        faults += _too_much(model, constraint)
    return found(len(tables), faults)


# A fault's words, and the claim that must hold of the role that asks.
_ROLE = f"""SELECT jsonb_build_object(
    'アプリケーションのロールでない', current_user = '{APP_ROLE}',
    '特権ロールである', NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
        OR rolreplication),
    '所有する表などがある', NOT EXISTS (SELECT FROM pg_class WHERE relowner = r.oid)
        AND NOT EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
        AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspowner = r.oid)
        AND NOT EXISTS (SELECT FROM pg_database WHERE datdba = r.oid),
    '他のロールの一員である', NOT EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid),
    'スキーマに表を作れる', NOT has_schema_privilege(r.oid, 'public', 'CREATE')
    ) FROM pg_roles r WHERE rolname = current_user"""


def _too_much(model: type[Model], constraint: AppendOnly) -> list[str]:
    """Say what of a fact the role may change beyond the columns that move."""
    table = model._meta.db_table
    ((deletes, columns),) = ask(
        f"SELECT has_table_privilege('\"{table}\"', 'DELETE'), "
        "array_agg(attname) FILTER (WHERE has_column_privilege(attrelid, attnum, 'UPDATE')) "
        f"FROM pg_attribute WHERE attrelid = '\"{table}\"'::regclass AND attnum > 0 "
        "AND NOT attisdropped"
    )
    movable = set(constraint.movable_columns(model))
    faults = [f"{table}.{column}: 変更できる" for column in set(columns or ()) - movable]
    return faults + ([f"{table}: 削除できる"] if deletes else [])


APP_ROLE_RIGHTS = Check(
    "app_role",
    "アプリケーションは何も所有せず、記録を変えられない",
    _look_at_app_role,
    lambda: sum(1 for _ in connection.introspection.django_table_names()),
)


def _look_at_durability() -> Finding:
    """Ask whether a commit that was answered survives a power cut, and the machine's loss.

    Only the tests' own server is allowed to be quick instead, and only its settings say so.
    """
    told = dict(ask("SELECT name, setting FROM pg_settings"))
    faults = [
        f"{name} = {told[name]}" for name, right in _DURABLE.items() if told[name] not in right
    ]
    if settings.DATABASE_STANDBY and not told["synchronous_standby_names"].strip():
        faults.append("synchronous_standby_names: 待機系を待たずに確定する設定")
    return found(len(_DURABLE), faults if settings.DATABASE_IS_DURABLE else [])


DURABILITY = Check(
    "durability", "確定した取引は停電でも失われない", _look_at_durability, lambda: len(_DURABLE)
)
