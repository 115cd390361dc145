"""Secrets and e-mail addresses in a text, replaced by stand-ins.

The rules are the published formats of tokens (each names its source) and two heuristics: a
literal that looks random beside a word such as ``password``, and the shape of an address. Every
rule first looks for a fixed piece of text, which most files lack, so that a file costs little
more than a few searches for substrings. (The library detect-secrets, whose plugins cover the same
formats, works line by line, gives no spans and reads 0.13 MB/s, against about 20 MB/s here.)

No match holds white space or an angle bracket. So lines stay lines, a stand-in is never taken for
a secret, and what sat in a string literal or a comment is still in it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Redaction:
    """A stand-in.

    Attributes:
        start: Its first character in the redacted text.
        end: The character after its last.
        kind: What it stands for: `email` or the name of a rule in `SECRETS`.
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without secrets and addresses.

    Attributes:
        text: The text, with as many lines as before.
        redactions: The stand-ins in it, in order.
    """

    text: str
    redactions: list[Redaction]


def redact(text: str) -> Redacted:
    """Replace secrets and e-mail addresses.

    A second run changes nothing. Stand-ins are ``<EMAIL>``, ``<PRIVATE_KEY>`` and ``<SECRET>``;
    of a URL only the password is replaced, of a PEM block only its base64.

    Args:
        text: Any text, most often a file of source code.

    Returns:
        The text with stand-ins, and where they are.
    """
    redactions: list[Redaction] = []
    while spans := _find(text):  # again, as matches may overlap and stand-ins end what is around
        text, redactions = _replace(text, spans, redactions)
    return Redacted(text, redactions)


def _find(text: str) -> list[tuple[int, int, str]]:
    """Start, end and kind of what to replace, in order; where two overlap, of the first rule."""
    found = sorted(
        (start, end, rank)
        for rank, (_, needles, find) in enumerate(_RULES)
        if any(needle in text for needle in needles)
        for start, end in find(text)
    )
    chosen: list[tuple[int, int, int]] = []
    for span in found:
        if not chosen or span[0] >= chosen[-1][1]:
            chosen.append(span)
        elif span[2] < chosen[-1][2]:
            chosen[-1] = span
    return [(start, end, _RULES[rank][0]) for start, end, rank in chosen]


def _replace(
    text: str, spans: list[tuple[int, int, str]], earlier: list[Redaction]
) -> tuple[str, list[Redaction]]:
    """Put stand-ins over spans and move earlier ones."""
    pieces: list[str] = []
    redactions: list[Redaction] = []
    length = done = 0
    for start, end, kind, new in sorted(
        [(*span, True) for span in spans]
        + [(old.start, old.end, old.kind, False) for old in earlier]
    ):
        stand_in = _STAND_INS.get(kind, "<SECRET>") if new else text[start:end]
        pieces += [text[done:start], stand_in]
        length += start - done + len(stand_in)
        redactions.append(Redaction(length - len(stand_in), length, kind))
        done = end
    return "".join([*pieces, text[done:]]), redactions


_STAND_INS = {"email": "<EMAIL>", "private_key": "<PRIVATE_KEY>"}

# Published formats: name, the fixed text in them, and the pattern (group 1 if there is one).
SECRETS: dict[str, tuple[tuple[str, ...], str]] = {
    # docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    "aws_access_key": (("AKIA", "ASIA", "ABIA", "ACCA"), r"A(?:KI|SI|BI|CC)A[A-Z0-9]{16}"),
    # github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats
    "github_token": (
        ("gh", "github_pat_"),
        r"(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_\w{22,})",
    ),
    # docs.gitlab.com/security/tokens, token prefixes
    "gitlab_token": (
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "gloas-", "GR1348941"),
        r"(?:gl(?:pat|dt|rt|cbt|ptt|ft|oas)-|GR1348941)[A-Za-z0-9_-]{20,}",
    ),
    # api.slack.com/concepts/token-types
    "slack_token": (("xox",), r"xox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{6,}"),
    "slack_webhook": (
        ("hooks.slack.com/",),
        r"hooks\.slack\.com/(?:services|workflows)/(T\w+/[A-Z]\w+/[\w/]{8,})",
    ),
    # docs.stripe.com/keys
    "stripe_key": (("_live_", "_test_"), r"(?:[sr]k_(?:live|test))_[A-Za-z0-9]{16,}"),
    # cloud.google.com/docs/authentication/api-keys
    "google_api_key": (("AIza",), r"AIza[A-Za-z0-9_-]{35}"),
    "google_oauth_secret": (("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{28}"),
    # RFC 7519: two base64url JSON objects, which begin with {", and a signature
    "jwt": (("eyJ",), r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}"),
    # github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format
    "npm_token": (("npm_",), r"npm_[A-Za-z0-9]{36}"),
    # pypi.org/help, API tokens: a macaroon of the service
    "pypi_token": (("pypi-Ag",), r"pypi-Ag[A-Za-z0-9_-]{50,}"),
    # docs.sendgrid.com/ui/account-and-settings/api-keys
    "sendgrid_key": (("SG.",), r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    # www.twilio.com/docs/glossary/what-is-a-sid
    "twilio_key": (("SK",), r"SK[0-9a-f]{32}"),
    # platform.openai.com, docs.anthropic.com, huggingface.co/docs/hub/security-tokens
    "model_service_key": (
        ("T3BlbkFJ", "sk-ant-", "hf_"),
        r"(?:sk-[\w-]*T3BlbkFJ[\w-]{20,}|sk-ant-[\w-]{24,}|hf_[A-Za-z]{34})",
    ),
    # docs.digitalocean.com/reference/api/create-personal-access-token
    "digitalocean_token": (("_v1_",), r"do[opr]_v1_[0-9a-f]{64}"),
    # learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    "azure_storage_key": (("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    # core.telegram.org/bots/features#botfather
    "telegram_token": ((":AA",), r"\d{8,10}:AA[A-Za-z0-9_-]{33}"),
    # RFC 3986, 3.2.1: a password in the user information of a URL
    "url_password": (
        ("://",),
        r"://[^\s/?#:@<>\"'`]*:(?![${%*\\])([^\s/?#:@<>\"'`{}$()\\]{3,})@[A-Za-z0-9\[]",
    ),
}

# Words beside which a literal that looks random is a secret; spelt as they occur in code.
_WORDS = ("password", "passwd", "passphrase", "pwd", "secret", "token", "key", "credential")
_ASSIGNED = re.compile(
    rf"""(?:{"|".join(f"{w}|{w.upper()}|{w.capitalize()}" for w in _WORDS)})s?
    (?:\[\w*\])? ["'\])]{{0,3}} [ \t]* (?::[ ]*[\w.&\[\]]{{1,30}}[ \t]*)?  # then a type
    (?:=>|:=|==?|:|,) [ \t]* [bruBRUL@]{{0,2}}
    (["'`]) ([^\s"'`<>\\]{{8,200}}) \1""",
    re.VERBOSE,
)
_API_KEY = re.compile(
    r"(?:api|access|auth|private|account|client|service|secret|signing|encryption|license)"
    r"[_-]?keys?\Z",
    re.IGNORECASE,
)
_BEARER = re.compile(r"Bearer[ ]+([A-Za-z0-9._~+/=-]{20,})")
_UNFILLED = re.compile(
    r"[{}()\[\]*|^]|\$\w|%[sd(]|://|example|sample|dummy|changeme|placeholder|xxx|\.\.\.|1234567",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[-_.:/ ,]+")

_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(.{40,20000}?)-----END ", re.DOTALL
)
_PEM_START = r"(?:(?<=\\[nr])|(?<![\\A-Za-z0-9+/]))"  # of a base64 line, also after a literal \n
_PEM_LINE = re.compile(_PEM_START + r"[A-Za-z0-9+/]{40,}={0,2}")
_PEM_LAST = re.compile(_PEM_START + r"[A-Za-z0-9+/]{4,39}={0,2}(?=(?:\\[nr]|[^\w<>])*\Z)")

_DOMAIN = re.compile(
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+([A-Za-z]{2,24}))(?![\w(\[@-]|\.\w)"
)
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?\Z")
_GENERIC_TLDS = frozenset(
    "com org net edu gov mil int info biz name pro io ai app dev cloud tech xyz online site email"
    " software systems engineering solutions network digital agency studio design blog eu".split()
)
# Two-letter domains are ISO 3166 codes; these are rather attributes or file endings in code.
_NOT_COUNTRIES = frozenset("py rs sh js ts hs cs kt ml md gz db el fn id".split())
# RFC 2606 and 6761 reserve these for examples.
_RESERVED = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost)\Z", re.I
)
# Names of SSH algorithms (RFC 4251, 6) and the login of Git servers look like addresses.
_SSH_NAMES = frozenset(
    ["openssh.com", "libssh.org", "lysator.liu.se", "ssh.com", "putty.projects.tartarus.org"]
)


def _published(pattern: str) -> Callable[[str], Iterator[Span]]:
    compiled = re.compile(
        pattern if pattern.startswith(":") else rf"(?<![A-Za-z0-9_]){pattern}(?![A-Za-z0-9])"
    )
    group = 1 if compiled.groups else 0

    def find(text: str) -> Iterator[Span]:
        return (match.span(group) for match in compiled.finditer(text))

    return find


def _assigned(text: str) -> Iterator[Span]:
    for match in _ASSIGNED.finditer(text):
        word = match[0][:4].lower()
        if word.startswith("key") and not _API_KEY.search(
            text[max(0, match.start() - 12) : match.start() + 3]
        ):
            continue
        if _looks_random(match[2], password=word.startswith(("pass", "pwd"))):
            yield match.span(2)


def _bearers(text: str) -> Iterator[Span]:
    for match in _BEARER.finditer(text):
        if _looks_random(match[1], password=False):
            yield match.span(1)


def _looks_random(value: str, *, password: bool) -> bool:
    """Whether a literal is a key rather than a word, a name, a path or something to fill in.

    Shannon entropy of at least 3.5 bits a character (3 for hexadecimal), letters and digits
    within one word; a password may also be any 8 characters of three classes.
    """
    if _UNFILLED.search(value):
        return False
    classes = [any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit)]
    symbol = any(c in "!@#$%^&+=?~;" for c in value)
    if password and sum(classes) + symbol >= 3:
        return True
    if len(value) < 16 or not classes[2] or not (classes[0] or classes[1]):
        return False
    if all(word.isalpha() or word.isdigit() for word in _SEPARATOR.split(value) if word):
        return False
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
    return entropy >= (3.0 if re.fullmatch(r"[0-9a-fA-F-]+", value) else 3.5)


def _private_keys(text: str) -> Iterator[Span]:
    for block in _PEM.finditer(text):
        start, end = block.span(1)
        lines = [line.span() for line in _PEM_LINE.finditer(text, start, end)]
        yield from lines
        if lines and (last := _PEM_LAST.search(text[lines[-1][1] : end])):
            yield lines[-1][1] + last.start(), lines[-1][1] + last.end()


def _emails(text: str) -> Iterator[Span]:
    for match in _DOMAIN.finditer(text):
        at = match.start()
        local = _LOCAL.search(text[max(0, at - 64) : at])
        domain, top = match[1].lower(), match[2].lower()
        if not local or local[0] == "git" or domain in _SSH_NAMES or _RESERVED.match(domain):
            continue
        if top in _GENERIC_TLDS or (len(top) == 2 and top not in _NOT_COUNTRIES):
            yield at - len(local[0]), match.end()


_RULES: list[tuple[str, tuple[str, ...], Callable[[str], Iterator[Span]]]] = [
    *((kind, needles, _published(pattern)) for kind, (needles, pattern) in SECRETS.items()),
    ("private_key", ("PRIVATE KEY",), _private_keys),
    ("bearer_token", ("Bearer ",), _bearers),
    ("password", ('"', "'", "`"), _assigned),
    ("email", ("@",), _emails),
]
