"""The address of a SPARQL service: as it is asked, as it may be printed, and who asks."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
import urllib.parse

from zonegraph.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

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
                f"{self.shown}: the credentials of {self.source} go there unencrypted\n"
                "  write https if the service offers it"
            )
        if parts.query:
            values = {value for name, value in urllib.parse.parse_qsl(parts.query) if name not in _GRAPH_PARAMETERS}
            self.secrets |= {parts.query, query, *values}
        self.secrets = {secret for secret in self.secrets if len(secret) >= 4}  # shorter ones stand in any text

    def without_secrets(self, text: str) -> str:
        """Return a text of the service's in which `…` stands for each secret that it repeats.

        A service may repeat it escaped as in addresses, HTML or JSON, in capitals, or broken into lines.
        """
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = re.sub(_repeated(secret), "…", text, flags=re.IGNORECASE)
        return text

    def beginning(self, body: io.BytesIO, most: int) -> str:
        """Return the beginning of a body as text `without_secrets`. What a cut may have left of one is dropped.

        Parameters: `most`, the bytes that are looked at.
        """
        text = bytes(body.getbuffer()[:most]).decode("utf-8", "replace")
        if body.getbuffer().nbytes > most:
            text = text[: -8 * max(map(len, self.secrets), default=1)]  # &#x3a; is long for a character
        return self.without_secrets(text)

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
            raise UsageError(f"{there}: is set, but {missing} is not\n  set both, or {TOKEN} alone")
        if user:
            self._use_password(user, given or "", f"{USER} and {PASSWORD}")
        elif token:
            if not _BEARER.fullmatch(token):
                raise UsageError(f"{TOKEN}: holds a blank or a sign that no token has\n  set it to the token alone")
            self.authorization, self.source = f"Bearer {token}", TOKEN
            self.secrets.add(token)
        else:
            self._use_netrc(host)

    def _use_password(self, user: str, password: str, source: str) -> None:
        if _CONTROL.search(user + password) or ":" in user:
            raise UsageError(
                f"{source}: user or password holds a control character, or the user a colon\n"
                "  such credentials cannot be sent (RFC 7617)"
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
            hosts = netrc.netrc(named).hosts
        except (OSError, ValueError, netrc.NetrcParseError):
            # What the parser says may hold a password, and the line it names is often the next one.
            self.notices.append(
                f"{path}: cannot be read as a netrc file, so no credentials are sent\n"
                "  mend it; nobody but you may be able to read it (chmod 600)"
            )
            return
        # The entry `default` is for every host there is; a password goes only to one that is named.
        entry = next((entry for name, entry in hosts.items() if name.lower() == host and name != "default"), None)
        if entry:
            self._use_password(entry[0], entry[2] or "", path)


def _repeated(secret: str) -> str:
    """Return an expression for a secret in any of the forms in which a service may repeat it."""
    import json
    from html.entities import codepoint2name

    likes = {" ": [r"\+"], "+": ["-", "%20"], "/": ["_", r"\\/"], "=": [""]}  # in addresses, base64, JSON

    def forms(character: str) -> list[str]:
        code = ord(character)
        return [
            re.escape(character),
            "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogateescape")),
            f"%{code:02x}",  # Latin-1
            rf"&#(?:0*{code}|x0*{code:x});",
            rf"\\u{code:04x}",
            re.escape(json.dumps(character)[1:-1]),
            *([f"&{codepoint2name[code]};"] if code in codepoint2name else []),
            *likes.get(character, ()),
        ]

    return r"\s*".join(f"(?:{'|'.join(forms(character))})" for character in secret)


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
            f"{_hidden(written)}: holds a blank or a control character\n  write it percent-encoded, as %20"
        )
    if not sound:
        raise UsageError(
            f"{_hidden(written)}: not the address of a SPARQL endpoint\n  it should look like http://localhost:7200/sparql"
        )
    if "@" in parts.path + parts.query + parts.fragment:
        # Nobody can say whether it ends a password in which / ? or # stand as they are.
        raise UsageError(
            f"{_hidden(written)}: an @ stands after the host\n"
            "  write it %40; in a user's name or password also / ? # as %2F %3F %23"
        )
    return parts, host, port


def _hidden(written: str) -> str:
    """Return what may be printed of an address that may be anything: nothing before its last @, nothing after a ?."""
    before, at, after = written.rpartition("@")
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
