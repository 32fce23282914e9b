"""Another system's directory is brought in by its keys: all of the file or none of it."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bureaus.models import Officer, Place, Post, Tenure
from bureaus.services.directory import BroughtIn, DirectoryRefused, read_directory, sync_directory
from tests.conftest import Cast

pytestmark = pytest.mark.django_db

FILE = """what,id,name,under,kind,role,account,holder
place,JG,市场监督管理局,,bureau,,,
place,JG-SP,食品科,JG,section,,,
officer,E1,张三,,,,zhangsan,
post,,经办人,JG-SP,,handler,,E1
"""


def sync(cast: Cast, text: str, now: datetime) -> BroughtIn:
    return sync_directory(district=cast.district, rows=read_directory(text.encode()), by=None, now=now)


def test_what_is_new_is_made_and_the_second_time_nothing_changes(cast: Cast, now: datetime) -> None:
    brought = sync(cast, FILE, now)
    assert (len(brought.done), brought.same) == (5, 0)
    section = Place.objects.get(district=cast.district, external_id="JG-SP")
    assert (section.parent.external_id if section.parent else "", section.kind) == ("JG", "section")
    tenure = Tenure.objects.get(post__place=section)
    assert (tenure.officer.name, tenure.post.role) == ("张三", "handler")
    again = sync(cast, FILE, now)
    assert (again.done, again.same, again.passwords) == ([], 4, [])


def test_another_name_is_taken_over(cast: Cast, now: datetime) -> None:
    sync(cast, FILE, now)
    brought = sync(cast, FILE.replace("食品科", "食品安全科").replace("张三", "张叁"), now)
    assert len(brought.done) == 2
    assert Place.objects.get(district=cast.district, external_id="JG-SP").name == "食品安全科"
    assert Officer.objects.get(external_id="E1").name == "张叁"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("placx,X,某科,,section,,,", "what is place, officer or post"),
        ("place,,某科,,section,,,", "A place and an officer need their id"),
        ("place,X,某科,NONE,section,,,", "No standing place has the id NONE"),
        ("place,X,某科,,district,,,", "kind is bureau, unit or section"),
        ("place,X,某所,,unit,,,", "cannot stand there"),
        ("place,JG,再来一次,,bureau,,,", "more than once"),
        ("officer,E2,李四,,,,zhangsan,", "already exists"),
        ("post,,科长,JG-SP,,boss,,", "boss"),
        ("post,,科长,JG-SP,,section_head,,E9", "No officer has the id E9"),
    ],
)
def test_one_wrong_line_is_named_and_nothing_goes_in(line: str, why: str, cast: Cast, now: datetime) -> None:
    places, officers = Place.objects.count(), Officer.objects.count()
    with pytest.raises(DirectoryRefused) as refused:
        sync(cast, f"{FILE}{line}\n", now)
    assert refused.value.lines[-1].startswith("Line 6: ")
    assert why in refused.value.lines[-1]
    assert (Place.objects.count(), Officer.objects.count()) == (places, officers)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("JG-SP,食品科,JG,", "JG-SP,食品科,,", "does not move by a file"),
        ("handler", "section_head", "keeps it"),
        (",zhangsan,", ",zhang3,", "stays so"),
    ],
)
def test_what_is_an_act_of_its_own_is_refused(
    old: str, new: str, why: str, cast: Cast, now: datetime
) -> None:
    sync(cast, FILE, now)
    with pytest.raises(DirectoryRefused, match=why):
        sync(cast, FILE.replace(old, new), now)


def test_a_post_that_somebody_holds_changes_hands_by_its_slip_alone(cast: Cast, now: datetime) -> None:
    sync(cast, FILE, now)
    other = FILE.replace("post,", "officer,E2,李四,,,,lisi,\npost,").replace(",,E1", ",,E2")
    with pytest.raises(DirectoryRefused, match="张三 holds this post then"):
        sync(cast, other, now)
    assert not Officer.objects.filter(external_id="E2").exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"what,id\nplace,1\n", "the columns are"),
        (b"what,name,colour\nplace,1,red\n", "the columns are"),
        (b"what,name\nplace,1,2\n", "more cells than columns"),
        (b"\xff\xff\xff", "neither UTF-8 nor GB 18030"),
        (b"x" * 5_000_001, "larger than a directory"),
    ],
)
def test_a_file_of_another_shape_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(DirectoryRefused, match=why):
        read_directory(content)


def test_a_file_in_gb_18030_is_read(cast: Cast, now: datetime) -> None:
    rows = read_directory(FILE.encode("gb18030"))
    sync_directory(district=cast.district, rows=rows, by=None, now=now)
    assert Place.objects.filter(name="市场监督管理局").exists()


def test_the_command_looks_first_and_then_prints_the_passwords(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "directory.csv"
    file.write_text(FILE, "utf-8")
    out = io.StringIO()
    call_command("sync_directory", str(file), district="春和区", dry_run=True, stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert not Post.objects.filter(place__external_id="JG-SP").exists()
    out = io.StringIO()
    call_command("sync_directory", str(file), district="春和区", stdout=out)
    account, password = out.getvalue().splitlines()[-1].split("\t")
    assert account == "zhangsan"
    assert Officer.objects.get(username="zhangsan").check_password(password)
    file.write_text(FILE.replace("handler", "boss"), "utf-8")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("sync_directory", str(file), district="春和区")
