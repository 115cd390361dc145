from __future__ import annotations

import ast
import random
import re
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diglot.corpus.redact import redact

STAND_IN = re.compile(r"<(?:EMAIL|SECRET|PRIVATE_KEY)>")


def made_up(alphabet, length, seed=1):
    """A random literal, so that no test holds what a scanner of this repository would report."""
    return "".join(random.Random(seed).choices(alphabet, k=length))


WORD = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
BASE64 = WORD + "+/"

TOKENS = {
    "aws_access_key": "AKIA" + made_up(UPPER, 16),
    "github_token": "ghp_" + made_up(WORD, 36),
    "gitlab_token": "glpat-" + made_up(WORD, 20),
    "slack_token": "xoxb-" + made_up("0123456789", 12) + "-" + made_up(WORD, 24),
    "stripe_key": "sk_live_" + made_up(WORD, 24),
    "google_api_key": "AIza" + made_up(WORD, 35),
    "google_oauth_secret": "GOCSPX-" + made_up(WORD, 28),
    "jwt": ".".join(["eyJ" + made_up(WORD, 20), "eyJ" + made_up(WORD, 30), made_up(WORD, 43)]),
    "npm_token": "npm_" + made_up(WORD, 36),
    "pypi_token": "pypi-Ag" + made_up(WORD, 100),
    "sendgrid_key": "SG." + made_up(WORD, 22) + "." + made_up(WORD, 43),
    "twilio_key": "SK" + made_up(HEX, 32),
    "model_service_key": "sk-ant-" + made_up(WORD, 40),
    "digitalocean_token": "dop_v1_" + made_up(HEX, 64),
    "telegram_token": made_up("123456789", 9) + ":AA" + made_up(WORD, 33),
}
FINE_GRAINED = "github_pat_" + made_up(WORD, 22) + "_" + made_up(WORD, 59)


@pytest.mark.parametrize("kind", TOKENS)
def test_published_formats(kind):
    found = redact(f'call("{TOKENS[kind]}", 1)  # "{TOKENS[kind]}"')
    assert found.text == 'call("<SECRET>", 1)  # "<SECRET>"'
    assert [one.kind for one in found.redactions] == [kind, kind]


def test_every_format_is_tested():
    from diglot.corpus.redact import SECRETS

    parts_only = {"slack_webhook", "azure_storage_key", "url_password"}
    assert set(SECRETS) - parts_only == set(TOKENS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FINE_GRAINED, "<SECRET>"),
        ("https://me:s3cret@host.org/path", "https://me:<SECRET>@host.org/path"),
        ("redis://:s3cret@localhost:1", "redis://:<SECRET>@localhost:1"),
        (
            "https://hooks.slack.com/services/T0AB/B0CD/" + TOKENS["npm_token"][4:],
            "https://hooks.slack.com/services/<SECRET>",
        ),
        (f"AccountKey={made_up(BASE64, 86)}==;x", "AccountKey=<SECRET>;x"),
        ("Written by A. Name <a.name+x@uni-name.de>.", "Written by A. Name <<EMAIL>>."),
        ("(mail me@site.co.uk)", "(mail <EMAIL>)"),
        ("mailto:first.last@sub.company.com,", "mailto:<EMAIL>,"),
        ("Authorization: Bearer " + made_up(WORD, 40), "Authorization: Bearer <SECRET>"),
    ],
)
def test_parts_of_a_text(before, after):
    assert redact(before).text == after


RANDOM = made_up(WORD, 32, seed=3)


@pytest.mark.parametrize(
    "template",
    [
        'password = "{}"',
        "DB_PASSWORD: str = '{}'",
        '"client_secret": "{}",',
        "api_key => '{}'",
        'String authToken = "{}";',
        'const std::string secretKey[] = "{}";',
        'os.environ.setdefault("API_KEY", "{}")',
        "secrets = [token == '{}']",
        "let privateKey := `{}`",
    ],
)
def test_random_literal_beside_a_telling_word(template):
    assert redact(template.format(RANDOM)).text == template.format("<SECRET>")


@pytest.mark.parametrize(
    "code",
    [
        "@decorator\n@app.route('/x')\ndef f(a, b):\n    return a @ b + a@b.T + x@w.weight",
        "y = x@self.co(1) + q@k.me[0] + a@b.com()",
        "git clone git@github.com:owner/name.git",
        "npm install lodash@4.17.21 @types/node@18.1.0",
        'algorithms = ["chacha20-poly1305@openssh.com", "curve25519-sha256@libssh.org"]',
        "user@example.com, a@b.example.org, root@localhost, x@y.test, z@nowhere.invalid",
        'sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
        'integrity: "sha512-' + made_up(BASE64, 86) + '=="',
        'password = "password"; token = "access-token"; secret_name = "my.secret.name.v2"',
        'TOKEN_TYPE = "IDENTIFIER"; password = getpass("Password: ")',
        'key = "' + RANDOM + '"; primary_key = "id"; keys = ["a", "b"]',
        'password = "${DB_PASSWORD}"; token: "{{ token }}"; pwd="%s" % x; secret="<your secret>"',
        "url = f'https://{user}:{password}@{host}/'; 'http://localhost:8080/a@b'",
        "https://medium.com/@someone/title, icon@2x.png, module@main.py, a@b.sh",
        'BEGIN = "-----BEGIN RSA PRIVATE KEY-----"\nEND = "-----END RSA PRIVATE KEY-----"\n',
        '@interface Foo { @Override String a(); } $arr[@] ${x[@]} "%@" @"text"',
        "uuid token = '00000000-0000-0000-0000-000000000000'",
        "skip_ghp_counts = SKIP + eyJ + AKIA",
    ],
)
def test_code_that_only_looks_alike(code):
    assert redact(code).redactions == []
    assert redact(code).text == code


def pem(joint):
    lines = [made_up(BASE64, 64, seed) for seed in range(3)] + [made_up(BASE64, 20) + "=="]
    return joint.join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])


@pytest.mark.parametrize("joint", ["\n", "\\n", '\\n"\n    "', "\n# "])
def test_private_keys(joint):
    found = redact(f'key = ("{pem(joint)}")\n')
    body = joint.join(["<PRIVATE_KEY>"] * 4)
    assert found.text == (
        'key = ("-----BEGIN RSA PRIVATE KEY-----'
        f'{joint}{body}{joint}-----END RSA PRIVATE KEY-----")\n'
    )


PIECES = st.one_of(
    st.sampled_from([*TOKENS.values(), FINE_GRAINED, pem("\n"), pem("\\n"), RANDOM]),
    st.sampled_from(
        ["a.b@c.com", "https://u:passw0rd@h.org", "<EMAIL>", "<SECRET>", "<PRIVATE_KEY>", "İß"]
    ),
    st.sampled_from(
        ["password = ", "token: ", '"', "'", "`", "\n", " ", "@", ":", "://", ".", "\\", "\\n", "<"]
    ),
    st.text(max_size=5),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS)
def test_only_stand_ins_are_new(text):
    """The redacted text is the original with pieces without white space replaced."""
    found = redact(text)
    pieces, at = [], 0
    for one in found.redactions:
        assert STAND_IN.fullmatch(found.text[one.start : one.end])
        pieces.append(re.escape(found.text[at : one.start]))
        at = one.end
    pieces.append(re.escape(found.text[at:]))
    assert re.fullmatch(r"[^\s<>]{3,}?".join(pieces), text)
    assert len(found.text.splitlines()) == len(text.splitlines())


@given(TEXTS)
def test_again_changes_nothing(text):
    once = redact(text)
    again = redact(once.text)
    assert again.text == once.text
    assert again.redactions == []


@given(st.lists(st.sampled_from([*TOKENS.values(), RANDOM, "a.b@c.com", "plain"]), min_size=1))
def test_python_stays_python(values):
    code = "".join(f"password_{n} = {value!r}  # {value}\n" for n, value in enumerate(values))
    ast.parse(redact(code).text)


def test_not_slow_on_bad_input():
    """No pattern may take quadratic time."""
    for piece in ["a@", "a.", "://a:", "password", "eyJ.", '="', "x" * 9 + "@y.", "-----BEGIN "]:
        text = piece * (200_000 // len(piece))
        start = time.perf_counter()
        redact(text)
        assert time.perf_counter() - start < 2, piece
