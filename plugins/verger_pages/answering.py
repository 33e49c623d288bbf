"""How pages answer: with an ETag, and with headers that let a browser do no more than it must."""

from __future__ import annotations

import hashlib

from fastapi import Request, Response

from verger.errors import VergerError

HTML, NOT_MODIFIED = "text/html; charset=utf-8", 304
# No script or style but our own files, nothing from elsewhere, in no frame but Airflow's own.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " + (
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
ASK_AGAIN = "private, no-cache"
FOREVER = "private, max-age=31536000, immutable"  # what an address of content answers


def answer(
    request: Request,
    content: str | bytes,
    media: str = HTML,
    *,
    etag: str = "",
    cache: str = ASK_AGAIN,
) -> Response:
    """The content, or that it has not changed since the browser asked last. Without an ``etag`` the
    content's digest is one.
    """
    body = content.encode() if isinstance(content, str) else content
    etag = etag or f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if known := unchanged(request, etag, cache):
        return known
    return Response(body, media_type=media, headers=_headers(etag, cache))


def unchanged(request: Request, etag: str, cache: str = ASK_AGAIN) -> Response | None:
    """An answer without content if the browser has that version already."""
    known = request.headers.get("if-none-match", "").split(",")
    asked = [tag.strip().removeprefix("W/") for tag in known]
    if etag not in asked:
        return None
    return Response(status_code=NOT_MODIFIED, headers=_headers(etag, cache))


def _headers(etag: str, cache: str) -> dict[str, str]:
    return {**SECURITY, "ETag": etag, "Cache-Control": cache}


def refusal(request: Request, error: VergerError) -> Response:
    """The page that says why there is nothing to see, and what to do."""
    from verger_pages.shown import NothingToShowError
    from verger_pages.templating import render

    status = 404 if isinstance(error, NothingToShowError) else 503
    depth = (
        len(request.scope["path"].removeprefix(request.scope.get("root_path", "")).split("/")) - 2
    )
    body = render("message.html", up="../" * max(depth, 0), message=str(error))
    return Response(body, status, media_type=HTML, headers={**SECURITY, "Cache-Control": ASK_AGAIN})
