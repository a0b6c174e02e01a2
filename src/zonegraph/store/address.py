"""The address of a SPARQL service: as it is asked, as it may be printed, and who asks."""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import os
import re
import unicodedata
import urllib.parse

from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

USER, PASSWORD, TOKEN = (f"ZONEGRAPH_ENDPOINT_{name}" for name in ("USER", "PASSWORD", "TOKEN"))

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BEARER = re.compile(r"[\x21-\x7e]+")
_GRAPH_PARAMETERS = frozenset(("default-graph-uri", "named-graph-uri"))  # of the protocol itself, and no secret


class Address:
    """Where a service is and who asks it.

    Attributes: `url`, percent-encoded, with its query string and without user and password; `shown`, the same as it may be
    printed; `authorization`, the header's value, or None; `source`, where that comes from, to be printed; `secrets`, what
    no message may hold; `notices`, what the user is to be told before anything is sent.
    """

    def __init__(self, written: str) -> None:
        """Read an address. Raises UsageError for one that is none, or credentials that cannot be sent."""
        parts, host, port = _parts(written)
        self.shown = shown(f"{parts.scheme}://{_bracketed(parts.hostname or '')}{port}{parts.path}", bool(parts.query))
        path, query = (urllib.parse.quote(part, safe="%/:=&?~+!$,;'()*[]") for part in (parts.path, parts.query))
        self.url = f"{parts.scheme}://{_bracketed(host)}{port}{path}{query and '?'}{query}"
        self.notices: list[str] = []
        self.authorization: str | None = None
        self.source = ""
        self.secrets: set[str] = set()
        self._read_credentials(parts, host)
        if self.authorization and parts.scheme == "http" and not _is_loopback(host):
            self.notices.append(
                f"{self.shown}: the credentials from {self.source} are sent there unencrypted\n"
                "  use https if the service offers it"
            )
        if parts.query:
            values = {value for name, value in urllib.parse.parse_qsl(parts.query) if name not in _GRAPH_PARAMETERS}
            self.secrets |= {parts.query, query, *values}
        self.secrets = {secret for secret in self.secrets if len(secret) >= 4}  # shorter ones stand in any text
        coded = [secret.encode("utf-8", "surrogateescape") for secret in self.secrets]
        self.secrets |= {form for each in coded for form in (base64.b64encode(each).decode().rstrip("="), each.hex())}

    def without_secrets(self, text: str) -> str:
        """Return a text of the service's; `…` for the whole of it if it repeats a secret.

        It may do so escaped as in addresses, HTML or JSON, once or several times over, in capitals, broken into lines, or with
        something between the letters; so letters and digits alone are compared, of the text in each form that it may be read in.
        """
        if not self.secrets:
            return text
        hidden = [(secret, _letters(secret)) for secret in self.secrets]
        for form in _forms(text):
            letters = _letters(form)
            if any(bare in letters if len(bare) >= LEAST else secret in form for secret, bare in hidden):
                return "…"
        return text

    def _read_credentials(self, parts: urllib.parse.SplitResult, host: str) -> None:
        if parts.username or parts.password:
            user, password = (
                urllib.parse.unquote(part or "", errors="surrogateescape") for part in (parts.username, parts.password)
            )
            self.secrets |= {parts.password or "", f"{parts.username or ''}:{parts.password or ''}"}
            self._use_password(user, password, "the address")
            return
        user, token = os.environ.get(USER, ""), os.environ.get(TOKEN, "")
        given = os.environ.get(PASSWORD)
        if bool(user) != (given is not None):
            there, missing = (USER, PASSWORD) if user else (PASSWORD, USER)
            raise UsageError(f"{there} is set, but {missing} is not", f"set both, or {TOKEN} alone")
        if user:
            self._use_password(user, given or "", f"{USER} and {PASSWORD}")
        elif token:
            if not _BEARER.fullmatch(token):
                raise UsageError(
                    f"{TOKEN}: contains a space or a character that tokens cannot have",
                    "set it to the token and nothing else",
                )
            self.authorization, self.source = f"Bearer {token}", TOKEN
            self.secrets.add(token)
        else:
            self._use_netrc(host)

    def _use_password(self, user: str, password: str, source: str) -> None:
        if _CONTROL.search(user + password) or ":" in user:
            raise UsageError(
                f"{source}: the user or password contains a control character, or the user a colon",
                "such credentials cannot be sent (RFC 7617)",
            )
        encoded = base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode("ascii")
        self.authorization, self.source = f"Basic {encoded}", source
        self.secrets |= {password, f"{user}:{password}", encoded}

    def _use_netrc(self, host: str) -> None:
        named = os.environ.get("NETRC")
        path = named or os.path.expanduser("~/.netrc")
        if not named and not os.path.lexists(path):
            return
        import netrc

        try:
            if not os.path.isfile(path):  # a device or a pipe may never end
                raise OSError
            hosts = netrc.netrc(named).hosts
        except (OSError, ValueError, netrc.NetrcParseError):
            # What the parser says may hold a password, and the line it names is often the next one.
            self.notices.append(
                f"{path}: cannot be read as a netrc file, so no credentials are sent\n"
                "  correct it; only you may have access to it (chmod 600)"
            )
            return
        # The entry `default` is for every host there is; a password goes only to one that is named.
        entry = next((entry for name, entry in hosts.items() if name.lower() == host and name != "default"), None)
        if entry:
            self._use_password(entry[0], entry[2] or "", path)


LEAST = 3  # letters and digits by which a secret is known again


def _letters(text: str) -> str:
    """Return the letters and digits of a text, in small letters, accents and other marks left out."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


_ESCAPE = re.compile(
    r"\\u\{([0-9A-Fa-f]{1,6})\}|\\U([0-9A-Fa-f]{8})|(?:\\|%)u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\([0-7]{3})|\\([nrtbf])"
)


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it stands and as it reads once what is escaped in it is resolved, as often as that changes anything."""
    import html

    for _ in range(6):
        yield text
        yield re.sub("<[^<>]*>", "", text)
        yield urllib.parse.unquote(text, encoding="latin-1")
        with contextlib.suppress(UnicodeError):  # UTF-8 that was taken for Latin-1
            yield text.encode("latin-1").decode("utf-8")
        plain = _ESCAPE.sub(_resolved, html.unescape(urllib.parse.unquote(text)))
        if plain == text:
            return
        text = plain


def _resolved(match: re.Match[str]) -> str:
    *numbers, octal, letter = match.groups()
    if letter:
        return " "
    code = int(octal, 8) if octal else int(next(filter(None, numbers)), 16)
    return chr(code) if code < 0x110000 else ""


def shown(address: str, query: bool = False) -> str:
    """Return an address as it may be printed: without user and password, its query string as `?…`, no fragment.

    Parameters: `query`, whether there is a query string that has been taken off already.
    """
    address = address.partition("#")[0]
    before, mark, _ = address.partition("?")
    return re.sub(r"^([a-zA-Z][\w+.\-]*:)?//[^/]*@", r"\1//", before) + ("?…" if mark or query else "")


def _parts(written: str) -> tuple[urllib.parse.SplitResult, str, str]:
    """Return the parts of an address, its host as it is looked up, and `:` with the port if it has one."""
    try:
        parts = urllib.parse.urlsplit(written)
        host = (parts.hostname or "").rstrip(".")
        if ":" not in host:
            host = host.encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port is not None else ""
        sound = parts.scheme in ("http", "https") and bool(host) and parts.port != 0
    except ValueError:
        sound = False
    # urlsplit drops line breaks and tabs, so the whole is looked at.
    if not all(character.isprintable() and character != " " for character in written):
        raise UsageError(
            f"{_hidden(written)}: contains a space or a control character", "write it percent-encoded, as %20"
        )
    if not sound:
        raise UsageError(
            f"{_hidden(written)}: not the address of a SPARQL endpoint",
            "it should look like http://localhost:7200/sparql",
        )
    if "@" in parts.path + parts.query + parts.fragment:
        # Nobody can say whether it ends a password in which / ? or # stand as they are.
        raise UsageError(
            f"{_hidden(written)}: there is an @ after the host",
            "write it %40; in a user's name or password also / ? # as %2F %3F %23",
        )
    return parts, host, port


def _hidden(written: str) -> str:
    """Return what may be printed of an address that may be anything: nothing before its last @, nothing after a ?."""
    before, at, after = written.rpartition("@")
    if not at:
        # Without an @ before the host, what stands behind a colon there may be a password, unless it is a port.
        after = re.sub(r"^((?:[a-zA-Z]+://)?[^/?#:]*):(?!\d{1,5}(?:[/?#]|$)|//)[^/?#]*", r"\1:…", after)
    scheme = re.match("(https?://)?", before, re.IGNORECASE)
    start = f"{scheme[0] if scheme else ''}…@" if at else ""
    return start + "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown(after)[:300])


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
