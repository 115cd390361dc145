"""Downloading a source distribution of a Python package without running it.

pip prepares the metadata of every source distribution it downloads, which runs the package's
build code. So the index that pip is configured for is asked directly, through the interface that
all indexes have (PEP 503): a page a package, whose links carry the SHA-256 of the file.
"""

from __future__ import annotations

import ast
import base64
import netrc
import os
import re
import ssl
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html.parser import HTMLParser
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

from diglot.corpus.sources.client import run_client
from diglot.errors import InputError

_DEFAULT_INDEX = "https://pypi.org/simple"
_ENDINGS = (".tar.gz", ".zip")
_NOT_HERE = (401, 403, 404)
"""The index has no such page, or none for us: then it is pip's turn, which knows more ways in."""
_MAX_BYTES = 1 << 30
_SECONDS = 60


def download_sdist(pip: Sequence[str], name: str, version: str, folder: Path) -> bool:
    """Download the source distribution of a version into a folder.

    pip's index, further indexes, certificate and proxy hold, and credentials in an index's
    address or in `.netrc`.

    Args:
        pip: command that runs pip.
        name: name of the package, normalised.
        version: its version.
        folder: where the file is put.

    Returns:
        Whether an index has one, with its SHA-256.

    Raises:
        InputError: An index cannot be reached, or what arrived is not what it announced.
    """
    config = _configuration(pip)
    if config.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        return False
    indexes = [config.get("index-url", _DEFAULT_INDEX), *config.get("extra-index-url", "").split()]
    connection = _Connection(config, indexes)
    for index in indexes:
        page_url = f"{index.rstrip('/')}/{name}/"
        if index.startswith("file:"):
            page_url += "index.html"
        page = b"".join(connection.get(page_url))
        for link in _links(page.decode("utf-8", "replace")):
            url, fragment = urldefrag(urljoin(page_url, link))
            filename = unquote(urlsplit(url).path.rpartition("/")[2])
            digest = re.fullmatch(r"sha256=([0-9a-f]{64})", fragment)
            if digest and _is_sdist(filename, name, version):
                _save(connection.get(url), folder / filename, digest[1])
                return True
    return False


def _configuration(pip: Sequence[str]) -> dict[str, str]:
    """Pip's own settings; variables go before `[download]`, and that before `[global]`."""
    listed = run_client([*pip, "config", "list"], failing="cannot read pip's configuration")
    settings = {}
    for line in listed.decode().splitlines():
        key, _, value = line.partition("=")
        settings[key] = str(ast.literal_eval(value))
    merged = {}
    for section in ("global.", "download.", ":env:."):
        for key, value in settings.items():
            if key.startswith(section):
                merged[key.removeprefix(section)] = value
    return merged


def _is_sdist(filename: str, name: str, version: str) -> bool:
    for ending in _ENDINGS:
        if filename.endswith(ending):
            found, _, found_version = filename.removesuffix(ending).rpartition("-")
            return re.sub(r"[-_.]+", "-", found).lower() == name and found_version == version
    return False


def _links(page: str) -> list[str]:
    links: list[str] = []

    class Anchors(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            links.extend(value for key, value in attrs if tag == "a" and key == "href" and value)

    Anchors().feed(page)
    return links


class _Connection:
    """Requests with pip's certificate, proxy and credentials; these only to the indexes' hosts."""

    def __init__(self, config: dict[str, str], indexes: Sequence[str]) -> None:
        context = ssl.create_default_context(cafile=config.get("cert"))
        handlers: list[HTTPSHandler | ProxyHandler] = [HTTPSHandler(context=context)]
        if proxy := config.get("proxy"):
            handlers.append(ProxyHandler({"http": proxy, "https": proxy}))
        self._opener: OpenerDirector = build_opener(*handlers)
        self._credentials = {urlsplit(index).hostname: _credentials(index) for index in indexes}

    def get(self, url: str) -> Iterator[bytes]:
        """The content at an address, piece by piece; nothing where there is none for us."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        request = Request(parts._replace(netloc=host).geturl(), headers={"User-Agent": "diglot"})
        if credentials := self._credentials.get(parts.hostname):
            # Unredirected: it must not follow a redirection to another host.
            request.add_unredirected_header("Authorization", credentials)
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                while piece := answer.read(1 << 20):
                    yield piece
        except HTTPError as error:
            with error:
                if error.code not in _NOT_HERE:
                    raise InputError(f"the index {host} answers: {error}") from error
        except (OSError, HTTPException) as error:  # of which URLError is one
            if not isinstance(getattr(error, "reason", None), FileNotFoundError):  # file: index
                raise InputError(f"cannot read the index {host or url}: {error}") from error


def _credentials(index: str) -> str | None:
    parts = urlsplit(index)
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    else:
        try:
            found = netrc.netrc(os.environ.get("NETRC")).authenticators(parts.hostname or "")
        except (OSError, netrc.NetrcParseError):
            found = None
        if not found:
            return None
        pair = f"{found[0]}:{found[2]}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _save(pieces: Iterator[bytes], path: Path, digest: str) -> None:
    total, size = sha256(), 0
    with path.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > _MAX_BYTES:
                raise InputError(f"{path.name} is larger than {_MAX_BYTES} bytes, the most we read")
            total.update(piece)
            file.write(piece)
    if total.hexdigest() != digest:
        raise InputError(f"{path.name} has another SHA-256 than its index announces")
