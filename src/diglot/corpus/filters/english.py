"""Whether a sentence is English: function words for and against, and its letters."""

from __future__ import annotations

import re

_ENGLISH = frozenset(
    "a an the of to in is are was be been being for from with without by on at as into onto or and "
    "if when whether while this that these those its it not no only all any each every which who "
    "what where how has have had can could should will would may must do does did than then there "
    "using used use uses given between after before about under over within given such same other "
    "return returns returned get gets set sets create creates check checks add adds remove removes "
    "find finds make makes convert converts read reads write writes call called calls new "
    "you your we our they their them he she but so up out one two first last current "
    "value values name number list file string type object".split()
)
_FOREIGN = frozenset(
    "le les des une est sont pour avec dans sur pas ou où qui aux cette ces leur renvoie retourne "
    "der die das und ist nicht wird werden eine einen einer eines dem den von mit auf für aus bei "
    "wenn oder zum zur gibt liefert el los las una para por que con como del si devuelve obtiene "
    "retorna um uma não nao os ao pelo ou il gli di della dello che per questo viene sono ritorna "
    "het een van voor naar wordt niet och att som är på inte jest nie dla ktory który och se ve "
    "bir ve için yang untuk dengan dari ini mit la en de du".split()
)
_AMBIGUOUS = frozenset(
    "la en de du die si se per con del os que um ve el den di par ou att il om so".split()
)
"""Also names and terms in English sentences (`la` in `a la`, `del`, `os`, `per`)."""
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_ASCII = 0.9


def is_english(text: str) -> bool:
    """Guess whether a sentence is English.

    No model: nine in ten letters must be ASCII, and function words of English must outnumber those
    of other European languages, if there are any of either. A sentence without any function word
    (`Parse HTTP headers`) passes, so a short one in another language may too.
    """
    words = [word.lower() for word in _WORD.findall(text)]
    letters = sum(map(len, words))
    if not letters or sum(map(_ascii_letters, words)) < _LEAST_ASCII * letters:
        return False
    english = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    certain = sum(word in _FOREIGN and word not in _AMBIGUOUS for word in words)
    if certain:
        return english > foreign
    return english > 0 or foreign <= 1


def _ascii_letters(word: str) -> int:
    return len(word) if word.isascii() else sum(map(str.isascii, word))
