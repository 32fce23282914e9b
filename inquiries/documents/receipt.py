"""What the citizen takes home."""

from __future__ import annotations

import segno


def qr_code_of(told: str) -> str:
    """A reference or an address as a QR code (ISO/IEC 18004, error correction M): an SVG as a data address."""
    return segno.make(told, micro=False, error="m").svg_data_uri(omitsize=True, light="#fff")
