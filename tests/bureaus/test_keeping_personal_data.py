from datetime import UTC, datetime

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings

from bureaus.models import DataKey, Place
from bureaus.models.fields import (
    KeyDestroyed,
    KeyUnreadable,
    NotAPhone,
    decrypt,
    decrypt_bytes,
    encrypt,
    encrypt_bytes,
    keyed_hash,
    mask_name,
    mask_phone,
    normalise_phone,
    unwrap,
)
from bureaus.models.scope import scope
from bureaus.services.keys import destroy_key, make_key, make_keys, rotate_keys
from bureaus.services.places import open_place

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 15, 2, tzinfo=UTC)
PHONE = "13840005021"


@pytest.fixture
def place() -> Place:
    return open_place(kind=Place.Kind.DISTRICT, name="示例区", by=None, now=NOW)


@pytest.fixture
def key(place: Place) -> DataKey:
    return make_key(district_id=place.pk)


def test_what_a_key_wrote_it_reads_again(key: DataKey) -> None:
    assert decrypt(encrypt("张三 138", key), DataKey.objects.get()) == "张三 138"
    assert decrypt_bytes(encrypt_bytes(b"\x00scan", key), DataKey.objects.get()) == b"\x00scan"


def test_neither_the_token_nor_the_table_holds_the_clear_text_or_the_clear_key(key: DataKey) -> None:
    token = encrypt(PHONE, key)
    with connection.cursor() as cursor:
        cursor.execute("select wrapped, bureaus_datakey::text from bureaus_datakey")
        ((wrapped, row),) = cursor.fetchall()
    assert PHONE not in token
    assert unwrap(key) not in bytes(wrapped)
    assert unwrap(key).decode() not in row + repr(key) + str(key)


def test_one_key_does_not_read_what_another_wrote(place: Place) -> None:
    one, other = make_keys(district_id=place.pk, count=2)
    with pytest.raises(KeyUnreadable, match="cannot be read"):
        decrypt(encrypt(PHONE, one), other)


def test_a_destroyed_key_reads_and_writes_nothing_ever_again(key: DataKey) -> None:
    token = encrypt(PHONE, key)
    destroy_key(key=key, now=NOW)
    destroy_key(key=key, now=NOW)
    stored = DataKey.objects.get()
    assert bytes(stored.wrapped) == b""
    for held in (key, stored):
        with pytest.raises(KeyDestroyed, match="erased"):
            decrypt(token, held)
        with pytest.raises(KeyDestroyed):
            encrypt(PHONE, held)


def test_the_database_keeps_a_destroyed_key_destroyed(key: DataKey) -> None:
    wrapped = key.wrapped
    destroy_key(key=key, now=NOW)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        DataKey.objects.update(wrapped=wrapped, wrapped_by="0", destroyed_at=None)


def test_the_database_refuses_a_destroyed_key_that_still_holds_bytes(key: DataKey) -> None:
    with pytest.raises(IntegrityError, match="data_key_destroyed_holds_nothing"), transaction.atomic():
        DataKey.objects.update(destroyed_at=NOW)


def test_rotation_wraps_every_key_anew_in_batches_and_the_old_master_may_go(
    place: Place, settings: Settings
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FIELD_KEYS = [old]
    first, *_, gone = make_keys(district_id=place.pk, count=5)
    token = encrypt(PHONE, first)
    destroy_key(key=gone, now=NOW)
    settings.FIELD_KEYS = [new, old]
    assert decrypt(token, DataKey.objects.get(pk=first.pk)) == PHONE
    assert [rotate_keys(batch=3), rotate_keys(batch=3), rotate_keys(batch=3)] == [3, 1, 0]
    settings.FIELD_KEYS = [new]
    assert decrypt(token, DataKey.objects.get(pk=first.pk)) == PHONE
    with pytest.raises(KeyUnreadable):
        unwrap(first)


def test_the_command_rotates_as_the_worker(
    key: DataKey, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_KEYS]
    call_command("rotate_keys", batch=1)
    assert capsys.readouterr().out.strip().endswith("1.")
    assert rotate_keys() == 0


def test_a_bureaus_web_role_reads_keys_but_cannot_change_the_districts(key: DataKey, place: Place) -> None:
    with scope(role="bida_web", places=[place.pk], officer=1):
        assert DataKey.objects.count() == 1
        assert DataKey.objects.update(wrapped=b"x") == 0
    with scope(role="bida_web", district=place.pk):
        destroy_key(key=key, now=NOW)
    assert DataKey.objects.get().destroyed_at == NOW


def test_a_phone_is_found_again_by_its_hash_after_rotation_and_only_for_the_same_purpose(
    settings: Settings,
) -> None:
    found = keyed_hash(normalise_phone("138-4000-5021"), "phone:1")
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    assert keyed_hash(normalise_phone("+86 138 4000 5021"), "phone:1") == found
    assert keyed_hash(normalise_phone(PHONE), "phone:2") != found
    settings.HASH_KEY = "another"
    assert keyed_hash(normalise_phone(PHONE), "phone:1") != found


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("13840005021", "+8613840005021"),
        ("１３８４０００５０２１", "+8613840005021"),
        ("0411-8265 0101", "+8641182650101"),
        ("0411-82650101转8001", "+8641182650101;ext=8001"),
    ],
)
def test_a_number_has_one_form_however_it_was_written(text: str, plain: str) -> None:
    assert normalise_phone(text) == plain


@pytest.mark.parametrize("text", ["", "你好", "12", "138400050211384000502"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotAPhone, match="not a telephone number"):
        normalise_phone(text)


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张**"), ("欧阳娜娜", "欧**"), ("李", "*"), (" ", ""), ("", ""), (None, "")]
)
def test_a_masked_name_shows_only_its_first_character(name: str | None, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13840005021", "138****5021"),
        ("+8613840005021", "138****5021"),
        ("+8641182650101;ext=8001", "041****0101"),
        ("82650101", "****"),
        ("none", ""),
        (None, ""),
    ],
)
def test_a_masked_phone_never_shows_its_middle(phone: str | None, shown: str) -> None:
    assert mask_phone(phone) == shown
