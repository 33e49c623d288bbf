"""Keeping the environment's credentials out of everything this server writes."""

import os

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# Shorter values ("test", "x") are placeholders; masking them would garble ordinary words.
SHORTEST_SECRET = 8


def redacted(text: str) -> str:
    """`text` with the values of the credentials in the environment masked."""
    for name in CREDENTIALS:
        value = os.environ.get(name, "")
        if len(value) >= SHORTEST_SECRET:
            text = text.replace(value, "********")
    return text
