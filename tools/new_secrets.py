"""The secrets that docker-compose.yml asks for, drawn once into secrets/. What is there already stays.

python3 -m tools.new_secrets
"""

import base64
import secrets
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "secrets"


def drawn() -> dict[str, str]:
    """File name and content of each."""
    broker = secrets.token_urlsafe(32)
    return {
        "secret_key": secrets.token_urlsafe(64),
        "event_key": secrets.token_urlsafe(64),
        "hash_key": secrets.token_urlsafe(64),
        "field_keys": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "postgres_password": secrets.token_urlsafe(32),
        "owner_password": secrets.token_urlsafe(32),
        "web_password": secrets.token_urlsafe(32),
        "worker_password": secrets.token_urlsafe(32),
        # Of the portal, which has none of the keys above.
        "portal_password": secrets.token_urlsafe(32),
        "portal_secret_key": secrets.token_urlsafe(64),
        "portal_hash_key": secrets.token_urlsafe(64),
        "rabbitmq_conf": f"default_user = bida\ndefault_pass = {broker}\n",
        # Given by whoever runs the mail server; empty for one that asks for none.
        "email_password": "",
        "broker_url": f"amqp://bida:{broker}@rabbitmq:5672//",
    }


def main() -> None:
    """Every secret has its file."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    fresh = drawn()
    # Two files hold the broker's password: they are drawn together or not at all.
    if not ((FOLDER / "rabbitmq_conf").exists() and (FOLDER / "broker_url").exists()):
        for name in ("rabbitmq_conf", "broker_url"):
            (FOLDER / name).unlink(missing_ok=True)
    for name, value in fresh.items():
        file = FOLDER / name
        if not file.exists():
            file.write_text(value)
            # Compose hands the file to the container as it is; the folder keeps others out.
            file.chmod(0o444)
            print(f"secrets/{name}")


if __name__ == "__main__":
    main()
