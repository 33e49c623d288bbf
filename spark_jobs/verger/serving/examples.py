"""The examples that the OpenAPI document shows."""

from __future__ import annotations

from typing import Any

DESCRIPTION = (
    "A photograph goes in, a fruit comes out. Errors are problem documents (RFC 9457). Elsewhere "
    "than on the machine itself a key is needed: `Authorization: Bearer verger_…`."
)
_PHOTO = {"type": "string", "format": "binary"}
IDENTIFY_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["photo"],
                "properties": {"photo": {"type": "array", "items": _PHOTO, "maxItems": 10}},
            }
        },
        "image/jpeg": {"schema": _PHOTO},
        "application/octet-stream": {"schema": _PHOTO},
    },
}
FEEDBACK_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["photo", "label", "consent"],
                "properties": {
                    "photo": _PHOTO,
                    "label": {"type": "string", "example": "Apple Braeburn 1"},
                    "answered": {"type": "string", "example": "Apple Red 1"},
                    "consent": {"const": "yes"},
                },
            }
        }
    },
}
_BRAEBURN = {
    "label": "Apple Braeburn 1",
    "species": "Apple",
    "variety": "Braeburn",
    "maturity": "",
    "probability": 0.912403,
}
REPLY: dict[str, Any] = {
    "model": "3f0c7a52b1d94e68",
    "status": "ok",
    "reason": "",
    "best_match": "Apple Braeburn 1",
    "best_level": "label",
    "best_probability": 0.912403,
    "results": [_BRAEBURN],
    "similar_images": [
        {
            "photo": "5d41402abc4b2a76b9719d911017c592",
            "label": "Apple Braeburn 1",
            "img_name": "Apple Braeburn 1_12_100.jpg",
            "block": "colour",
            "similarity": 0.9731,
            "url": "/v1/photographs/5d41402abc4b2a76b9719d911017c592",
            "attribution": "",
        }
    ],
    "explanation": {
        "answer": "Apple Braeburn 1",
        "against": "Apple Red 1",
        "blocks": [{"block": "statistics", "weight": 1.42}, {"block": "orb", "weight": 0.31}],
        "words": [{"block": "orb", "word": 17, "weight": 0.12, "boxes": [[0.31, 0.4, 0.1, 0.1]]}],
        "distance": 8.1,
        "limit": 24.6,
    },
    "names": {"scientific": "Malus domestica", "english": "apple", "french": "pomme"},
    "facts": {
        "energy": {
            "value": "65",
            "unit": "kcal per 100 g",
            "source": "USDA FoodData Central",
            "licence": "CC0 1.0",
        }
    },
    "distance": 8.1,
    "threshold": 24.6,
    "photo": {"bytes": 48211, "width": 1200, "height": 900, "blur": 0.12, "darkness": 0.03},
    "views": 1,
    "elapsed_ms": 41.7,
}
