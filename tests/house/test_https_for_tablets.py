"""`make run HTTPS=1`: the desk of a booth on tablets of the same network, which trust one authority of this machine."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import sync_playwright

from config import certificate
from tests import prepared
from tests.house.reading import Reader
from tests.house.running import PAGE_SECONDS, ROOT, Bida, free_port
from tests.house.tablet import becomes_true, booth_of
from tools import chromium

NOW = datetime(2026, 5, 20, 9, tzinfo=UTC)
NAMES = ["localhost", "127.0.0.1", "tablets.example", "192.168.7.7"]


@pytest.fixture(scope="module")
def bida() -> Iterator[Bida]:
    """One that serves https."""
    with tempfile.TemporaryDirectory(prefix="bida-https-") as made:
        Path(made).chmod(0o755)
        prepared.put_into(Path(made))
        running = Bida(Path(made), free_port(), environment={"BIDA_HTTPS": "1", "ALLOWED_HOSTS": ""})
        try:
            running.hears("Take it away again")
            yield running
        finally:
            running.stop()


@pytest.mark.processes
def test_https_is_served_with_secure_cookies_to_who_trusts_the_authority(bida: Bida) -> None:
    files = certificate.Files(bida.var / "https")
    jar = CookieJar()
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=certificate.trust(files)),
        urllib.request.HTTPCookieProcessor(jar),
    )
    address = f"https://localhost:{bida.port}"
    page = opener.open(f"{address}/sign-in/", timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    given = {"username": "wuxiaoyan", "password": bida.passwords()["wuxiaoyan"]}
    asked = urllib.request.Request(  # noqa: S310
        f"{address}/sign-in/",
        urlencode(given | {"csrfmiddlewaretoken": token[1]}).encode(),
        # Asked for over https, a form must name where it comes from.
        {"Referer": f"{address}/sign-in/", "Origin": address},
    )
    assert opener.open(asked, timeout=60).url == f"{address}/"
    assert {cookie.name for cookie in jar} >= {"sessionid", "csrftoken"}
    assert all(cookie.secure for cookie in jar)
    with pytest.raises(URLError, match="certificate verify failed"):
        urllib.request.urlopen(f"{address}/healthz", timeout=60)  # noqa: S310


@pytest.mark.processes
def test_a_tablet_in_the_network_keeps_the_desk(bida: Bida) -> None:
    if chromium.found() is None:
        pytest.skip("there is no Chromium here")
    # Chromium trusts this one key, as a tablet the authority; without that a page has no service worker.
    key = read(bida.var / "https" / "server.crt").public_key()
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    trusted = b64encode(hashlib.sha256(spki).digest()).decode()
    booth = booth_of(bida)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="bida-tablet-") as made:
        room = playwright.chromium.launch_persistent_context(
            made,
            executable_path=chromium.found(),
            args=[
                *("--no-sandbox", "--disable-quic", "--disable-background-networking"),
                f"--ignore-certificate-errors-spki-list={trusted}",
            ],
        )
        room.set_default_timeout(PAGE_SECONDS * 1000)
        page = room.pages[0]
        reader = Reader(page, f"https://{certificate.names_of_this_machine()[-1]}:{bida.port}")
        reader.opens(f"/booths/{booth}/")
        page.locator("#id_username").fill("wuxiaoyan")
        page.locator("#id_password").fill(bida.passwords()["wuxiaoyan"])
        page.locator("main .btn-primary").click()
        page.wait_for_url(f"**/booths/{booth}/")
        kept = f"async () => Boolean(await caches.match('/booths/{booth}/shell/', {{ ignoreVary: true }}))"
        becomes_true(page, lambda: page.evaluate(kept))
        room.set_offline(True)
        reader.opens(f"/booths/{booth}/")
        assert page.locator("#queue").get_attribute("data-stands") == "in"
        room.close()


@pytest.mark.processes
def test_the_terminal_says_where_and_how_to_trust_it(bida: Bida) -> None:
    said = "\n".join(bida.said)
    assert f"Bida is ready at https://localhost:{bida.port}/" in said
    assert str(bida.var / "https" / "bida-authority.crt") in said
    for name in certificate.names_of_this_machine()[2:]:
        assert f"https://{name}:{bida.port}/" in said


def test_without_it_make_run_is_what_it_was() -> None:
    def said(*words: str) -> str:
        return subprocess.run(
            ["make", "--dry-run", "run", *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    assert "HTTPS" not in said()
    assert 'BIDA_HTTPS="1" exec' in said("HTTPS=1")


# --- The certificate ----------------------------------------------------------------------------------------------
def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_the_authority_stays_when_an_address_changes_and_when_the_server_needs_another(
    tmp_path: Path,
) -> None:
    files = certificate.prepare(tmp_path, NAMES, now=NOW)
    authority, server = read(files.authority), read(files.server)
    certificate.prepare(tmp_path, NAMES, now=NOW + timedelta(days=300))
    assert read(files.server) == server
    certificate.prepare(tmp_path, [*NAMES, "10.1.2.3"], now=NOW)
    moved = read(files.server)
    assert moved != server
    certificate.prepare(tmp_path, [*NAMES, "10.1.2.3"], now=NOW + timedelta(days=370))
    assert read(files.server) != moved
    assert read(files.authority) == authority
    read(files.server).verify_directly_issued_by(authority)


def test_another_name_needs_another_authority(tmp_path: Path) -> None:
    files = certificate.prepare(tmp_path, NAMES, now=NOW)
    authority = read(files.authority)
    certificate.prepare(tmp_path, [*NAMES, "other.example"], now=NOW)
    assert read(files.authority) != authority
    read(files.server).verify_directly_issued_by(read(files.authority))


def test_the_authority_can_stand_in_for_no_other_site(tmp_path: Path) -> None:
    files = certificate.prepare(tmp_path, NAMES, now=NOW)
    held = read(files.authority).extensions
    limits = held.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = [str(each.value) for each in limits.value.permitted_subtrees or []]
    assert set(permitted) == {*certificate.PRIVATE, "localhost", "tablets.example"}
    assert held.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_the_certificate_is_one_that_tablets_take(tmp_path: Path) -> None:
    server = read(certificate.prepare(tmp_path, NAMES, now=NOW).server)
    assert server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=398)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "tablets.example"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "192.168.7.7"]


def test_keys_are_readable_to_their_owner_only(tmp_path: Path) -> None:
    files = certificate.prepare(tmp_path / "https", NAMES, now=NOW)
    assert (files.folder.stat().st_mode & 0o777, files.authority_key.stat().st_mode & 0o777) == (0o700, 0o600)


def test_nonsense_where_the_certificate_was_is_replaced(tmp_path: Path) -> None:
    files = certificate.prepare(tmp_path, NAMES, now=NOW)
    files.authority.write_text("nonsense")
    certificate.prepare(tmp_path, NAMES, now=NOW)
    read(files.server).verify_directly_issued_by(read(files.authority))
